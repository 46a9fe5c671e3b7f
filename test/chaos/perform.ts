import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../support/random.ts';
import { untilCounted } from '../support/until.ts';
import { boundBacklog } from './backlog.ts';
import { type Finding, judge } from './checker.ts';
import { inject } from './inject.ts';
import { observe, type ObservedRun } from './observe.ts';
import type { ResumeWatch } from './resume-watch.ts';
import { allNames, schedule, type Track } from './schedule.ts';
import { setStage, type Stage, type StageOptions, type Surroundings } from './stage.ts';
import type { Conduct } from './summary.ts';

export interface RunResult {
  readonly acknowledged: number;
  readonly refused: number;
  readonly observed: ObservedRun;
  readonly watch: ResumeWatch;
  /** Records committed before the last fault was healed. */
  readonly amidFaults: number;
  readonly said: ReadonlyMap<string, number>;
  readonly passed: ReadonlyMap<string, number>;
  readonly caughtUpMs: number;
  readonly findings: readonly (Finding | Conduct)[];
}

const stillMs = 60_000;
const closeWithinMs = 10_000;
const minute = 60_000;

/** Every track side by side: as many rounds as wanted, or until the time is over. */
const injectAll = async (options: StageOptions, stage: Stage, { now, say }: Surroundings): Promise<void> => {
  const { watch } = stage;
  const endAt = now() + options.minutes * minute;
  const follow = async ({ name, rounds }: Track): Promise<void> => {
    let done = 0;
    for (const round of rounds()) {
      const isEnough = options.form === 'short' ? done >= options.rounds[name] : done > 0 && now() > endAt;
      if (isEnough) return;
      for (const { pauseMs, fault } of round) {
        await sleep(pauseMs);
        await inject({ ...stage, now, say }, fault);
      }
      done += 1;
      say(
        `${name}: round ${String(done)} is done, ${String(watch.commits)} commits of ${String(watch.records)} records`,
      );
    }
  };
  await Promise.all(schedule({ ...options, brokers: 3 }, seededRandom).map(follow));
  await stage.cluster.untilInSync();
};

/** @returns how long the workers took for what they were behind */
const catchUp = async ({ cluster, topics, committed, blame }: Stage, { now, say }: Surroundings): Promise<number> => {
  const since = now();
  const total = await cluster.size(topics.in);
  const known = (): Promise<number> => committed().catch(() => 0);
  await untilCounted('What is committed', known, total, stillMs).catch((error: unknown) => {
    blame(String(error));
  });
  say(`${String(await known())} of ${String(total)} records are committed`);
  return now() - since;
};

const closeAll = async ({ workers, leave, blame }: Stage, { now, say }: Surroundings): Promise<void> => {
  leave();
  await Promise.all(
    workers.map(async (worker) => {
      const since = now();
      worker.kill('SIGTERM');
      const how = await Promise.race([worker.ended(), sleep(closeWithinMs, 'nothing' as const)]);
      if (how !== 0) blame(`${worker.name} ended with ${String(how)} within 10 s of SIGTERM at the end`);
      say(`${worker.name} ended ${((now() - since) / 1_000).toFixed(1)} s after SIGTERM`);
    }),
  );
};

/** Work amid faults, then the end of the work, then the judgement of what is there. */
export const performRun = async (options: StageOptions, surroundings: Surroundings): Promise<RunResult> => {
  const { say } = surroundings;
  const stage = await setStage(options, surroundings);
  const { cluster, input, topics, watch, committed, blame, said, answers } = stage;
  const size = (): Promise<number> => cluster.size(topics.in);
  let inputEnded = (): void => {
    blame('The producer of the input ended before it was asked to');
  };
  void input.exited.then(() => {
    inputEnded();
  });

  // Not what workers say is committed: of a commit whose answer was lost they know nothing.
  const release = boundBacklog({ input, most: options.mostBacklog, sent: size, committed });
  await injectAll(options, stage, surroundings);
  const amidFaults = await committed();
  say(`all faults are done, ${String(amidFaults)} records were committed amid them`);
  await untilCounted('The input', size, options.recordsWanted, stillMs);
  release();
  inputEnded = () => undefined;
  const { rows: acknowledged, errors: refused } = await input.stop();
  say(`the input has ended: ${String(acknowledged.length)} acknowledged, ${String(refused)} refused`);
  const caughtUpMs = await catchUp(stage, surroundings);
  await closeAll(stage, surroundings);

  const changelog = (await stage.changelog()) ?? 'none';
  const observed = await observe(cluster, { ...topics, changelog }, options.partitions, say);
  const faultsWanted = new Map(allNames.map((name) => [name, 1]));
  const findings = judge(
    { acknowledged, amidFaults, recordsWanted: options.recordsWanted, faults: watch.counts(), faultsWanted },
    observed,
  );
  return {
    ...{ acknowledged: acknowledged.length, refused, observed, watch, amidFaults, said, caughtUpMs },
    passed: answers.passed,
    findings: [...stage.conduct, ...findings],
  };
};
