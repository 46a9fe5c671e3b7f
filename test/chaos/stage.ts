import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { type AnswerFaults, answerFaults } from './answer-faults.ts';
import { type Cluster, type OnEnd, startCluster } from './cluster.ts';
import { type Input, startInput } from './input.ts';
import type { RunOptions } from './options.ts';
import { ResumeWatch } from './resume-watch.ts';
import type { Conduct } from './summary.ts';
import type { WorkerLine } from './worker.ts';
import { startWorkers, type Worker } from './workers.ts';

export interface Surroundings {
  /** Milliseconds since the run began. */
  readonly now: () => number;
  readonly say: (line: string) => void;
  readonly onEnd: OnEnd;
}

export type StageOptions = RunOptions & { readonly portOffset: number; readonly dataDir: string };

/** Cluster, workers and input of a run, at work. */
export interface Stage {
  readonly cluster: Cluster;
  readonly workers: readonly Worker[];
  readonly input: Input;
  readonly answers: AnswerFaults;
  readonly watch: ResumeWatch;
  /** What workers did that they must not. */
  readonly conduct: readonly Conduct[];
  blame(what: string): void;
  /** What the workers said of themselves, counted. */
  readonly said: ReadonlyMap<string, number>;
  readonly topics: { readonly in: string; readonly out: string; readonly dead: string };
  /** The topic of the store; undefined where the engine made none. */
  changelog(): Promise<string | undefined>;
  /** Records of the input that the group has committed. */
  committed(): Promise<number>;
  /** From now on workers may end by themselves. */
  leave(): void;
}

const worksWithinMs = 120_000;

/** Brings everything up and waits until work has begun; `onEnd` registers what takes it down. */
export const setStage = async (options: StageOptions, { now, say, onEnd }: Surroundings): Promise<Stage> => {
  const { dataDir, partitions, portOffset } = options;
  const answers = answerFaults();
  const watch = new ResumeWatch(partitions);
  const conduct: Conduct[] = [];
  const blame = (what: string): void => {
    say(`NOT RIGHT: ${what}`);
    conduct.push({ kind: 'conduct', what });
  };
  const cluster = await startCluster({ portOffset, dataDir, faults: answers }, say, onEnd);
  const id = `faults-${randomUUID().slice(0, 8)}`;
  const topics = { in: `${id}-in`, out: `${id}-out`, dead: `${id}-dlq` };
  await cluster.createTopics(Object.values(topics), partitions);
  const logDir = join(dataDir, 'logs');

  const said = new Map<string, number>();
  const onLine = (worker: string, { what, taskId = '', state, message, records = 0 }: WorkerLine): void => {
    const name = what === 'state' ? (state ?? '') : what;
    said.set(name, (said.get(name) ?? 0) + 1);
    if (what === 'commit') watch.commit(Number(taskId.split('_')[1]), records, now());
    if (what === 'fatal') blame(`${worker} gave up: ${message ?? ''}`);
  };
  const over = new AbortController();
  const onDeath = (worker: Worker, how: number | NodeJS.Signals): void => {
    if (over.signal.aborted) return;
    blame(`${worker.name} ended by itself with ${String(how)}, see ${worker.logFile}`);
    worker.start();
  };
  const { maxBatchRecords, transactionTimeoutMs, sessionTimeoutMs, recordsPerSecond, keys } = options;
  const workerOptions = {
    ...{ brokers: cluster.proxied, applicationId: id, topics, replicationFactor: 3 },
    ...{ maxBatchRecords, transactionTimeoutMs, sessionTimeoutMs },
  };
  const workers = await startWorkers(
    { count: options.workers, dataDir, logDir, options: workerOptions, onLine, onDeath },
    onEnd,
  );
  const { classPath, direct: brokers } = cluster;
  const input = await startInput({ classPath, brokers, topic: topics.in, keys, recordsPerSecond, dataDir, logDir });
  onEnd(async () => {
    await input.stop();
  });
  await until('work had begun', () => watch.commits > 0, worksWithinMs);
  say('work has begun');
  return {
    ...{ cluster, workers, input, answers, watch, conduct, blame, said, topics },
    changelog: async () => (await cluster.topics()).find((name) => name.startsWith(id) && name.endsWith('-changelog')),
    committed: () => cluster.committed(`${id}-counting`, topics.in),
    leave: () => {
      over.abort();
    },
  };
};
