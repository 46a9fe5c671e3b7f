import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { AnswerFaults } from './answer-faults.ts';
import type { Cluster } from './cluster.ts';
import type { ResumeWatch, WatchedFault } from './resume-watch.ts';
import { type BrokerFault, type Fault, nameOf, type WorkerFault } from './schedule.ts';
import type { Worker } from './workers.ts';

export interface Injection {
  readonly cluster: Cluster;
  readonly workers: readonly Worker[];
  readonly answers: AnswerFaults;
  readonly watch: ResumeWatch;
  readonly now: () => number;
  readonly say: (line: string) => void;
  /** Told of what must not be, of whatever the faults do. */
  readonly blame: (what: string) => void;
}

const closeWithinMs = 10_000;
const worksWithinMs = 120_000;
/** After a fault has healed, while others may go on. */
const resumesWithinMs = 120_000;

const hurtBroker = async ({ cluster }: Injection, { what, broker, forMs }: BrokerFault): Promise<void> => {
  const handle = cluster.brokers[broker];
  if (handle === undefined) throw new RangeError(`There is no broker ${String(broker)}`);
  if (what === 'frozen') {
    handle.kill('SIGSTOP');
    await sleep(forMs);
    handle.kill('SIGCONT');
    return;
  }
  if (what === 'terminated') await handle.stop();
  else {
    handle.kill('SIGKILL');
    await handle.exited;
  }
  await sleep(forMs);
  await handle.restart();
};

/** Asks it to end and starts it again. */
const roll = async ({ say, now, blame }: Injection, worker: Worker): Promise<void> => {
  const since = now();
  worker.kill('SIGTERM');
  const late = setTimeout(() => {
    blame(`${worker.name} had not ended ${String(closeWithinMs / 1_000)} s after SIGTERM`);
    worker.kill('SIGKILL');
  }, closeWithinMs);
  const how = await worker.ended();
  clearTimeout(late);
  if (how !== 0 && how !== 'SIGKILL') blame(`${worker.name} ended with ${String(how)} after SIGTERM`);
  say(`${worker.name} ended ${((now() - since) / 1_000).toFixed(1)} s after SIGTERM`);
  worker.start();
};

const hurtWorker = async (injection: Injection, { what, worker, forMs }: WorkerFault): Promise<void> => {
  const { workers, watch } = injection;
  const untilWork = async (): Promise<void> => {
    const before = watch.commits;
    await until('work went on', () => watch.commits > before, worksWithinMs);
  };
  if (what === 'rolled') {
    for (const each of workers) {
      await roll(injection, each);
      await untilWork();
    }
    return;
  }
  const victim = workers[worker];
  if (victim === undefined) throw new RangeError(`There is no worker ${String(worker)}`);
  if (what === 'frozen') {
    victim.kill('SIGSTOP');
    await sleep(forMs);
    victim.kill('SIGCONT');
    return;
  }
  victim.kill('SIGKILL');
  await victim.ended();
  await sleep(forMs);
  victim.start();
};

/** Hurts, and heals again. Resolves when work goes on, so that the next one of the track meets it. */
export const inject = async (injection: Injection, fault: Fault): Promise<void> => {
  const watched = await hurt(injection, fault);
  const isResumed = (): boolean => watched.resumedAt !== null;
  const { blame } = injection;
  await until('every partition was committed to again', isResumed, resumesWithinMs).catch((error: unknown) => {
    blame(`After ${watched.name} ${watched.detail}: ${String(error)}`);
  });
};

const hurt = async (injection: Injection, fault: Fault): Promise<WatchedFault> => {
  const { watch, now, say, answers, cluster } = injection;
  const name = nameOf(fault);
  const detail = JSON.stringify({ ...fault, kind: undefined, what: undefined });
  // Two of three brokers away is no fault that anyone survives.
  if (fault.kind === 'broker') await cluster.untilInSync();
  const begin = (): ReturnType<ResumeWatch['begin']> => {
    say(`${name} ${detail}`);
    return watch.begin(name, detail, now());
  };
  if (fault.kind === 'answer') {
    // It begins when a request has passed for which there is an answer to be lost.
    await answers.arm(fault);
    const watched = begin();
    watch.heal(watched, now());
    return watched;
  }
  const watched = begin();
  if (fault.kind === 'broker') await hurtBroker(injection, fault);
  else await hurtWorker(injection, fault);
  watch.heal(watched, now());
  say(`${name}: healed after ${((now() - watched.startedAt) / 1_000).toFixed(1)} s`);
  return watched;
};
