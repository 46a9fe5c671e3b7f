import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { sharedServers } from '../support/servers.ts';
import type { WorkerLine, WorkerOptions } from './counting-worker.ts';
import type { KafkaRig, OnEnd } from './kafka-rig.ts';

const countingWorker = join(import.meta.dirname, 'counting-worker.ts');

/** A worker process that can be hurt, and started again on the same state folder. */
export interface Worker {
  /** What it has said since it was started first, over restarts. */
  readonly lines: readonly WorkerLine[];
  /** Records committed, as far as it has said so. */
  readonly committed: number;
  readonly stateDir: string;
  isRunning(taskId: string): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  start(): void;
}

interface StartOptions
  extends Partial<Pick<WorkerOptions, 'maxBatchRecords' | 'transactionTimeoutMs' | 'sessionTimeoutMs'>> {
  /** What the process runs, with a `WorkerOptions` and what else is given here as JSON. Default: the counting topology. */
  readonly script?: string;
  readonly redis?: string;
  readonly ratePerSecond?: number;
  readonly burst?: number;
}

export const startWorker = async (
  rig: KafkaRig,
  onEnd: OnEnd,
  { script = countingWorker, ...options }: StartOptions = {},
): Promise<Worker> => {
  const stateDir = await rig.stateDir();
  const lines: WorkerLine[] = [];
  const states = new Map<string, string>();
  const all: WorkerOptions & StartOptions = {
    brokers: sharedServers().brokers,
    applicationId: rig.id,
    ...{ topics: rig.topics, stateDir, maxBatchRecords: 20, transactionTimeoutMs: 10_000 },
    ...options,
  };
  let child: ChildProcess;
  let exit: Promise<number | NodeJS.Signals>;
  const start = (): void => {
    states.clear();
    child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', script, JSON.stringify(all)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    exit = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
    createInterface({ input: child.stdout! }).on('line', (text) => {
      const line = JSON.parse(text) as WorkerLine;
      lines.push(line);
      if (line.what === 'state') states.set(line.taskId ?? '', line.state ?? '');
    });
  };
  start();
  onEnd(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await exit;
  });
  return {
    lines,
    stateDir,
    get committed() {
      return lines.reduce((sum, { what, records = 0 }) => (what === 'commit' ? sum + records : sum), 0);
    },
    isRunning: (taskId) => states.get(taskId) === 'RUNNING',
    kill: (signal) => {
      child.kill(signal);
    },
    ended: () => exit,
    start,
  };
};
