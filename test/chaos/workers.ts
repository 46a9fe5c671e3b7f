import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkerLine, WorkerOptions } from './worker.ts';

const script = join(import.meta.dirname, 'worker.ts');

/** A worker process, which can be hurt and started again on the same stores. */
export interface Worker {
  readonly name: string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended the process that runs now or ran last. */
  ended(): Promise<number | NodeJS.Signals>;
  start(): void;
  /** Ends it for good, in whatever state it is: it is not started again. */
  end(): Promise<void>;
  /** Its own log. */
  readonly logFile: string;
}

export interface WorkersOptions {
  readonly count: number;
  readonly dataDir: string;
  readonly logDir: string;
  readonly options: Omit<WorkerOptions, 'stateDir'>;
  /** Hears every line of every worker, as it comes. */
  readonly onLine: (worker: string, line: WorkerLine) => void;
  /** Told when a process ended that nobody has hurt; it may be started again. */
  readonly onDeath: (worker: Worker, how: number | NodeJS.Signals) => void;
}

const createWorker = async (index: number, all: WorkersOptions): Promise<Worker> => {
  const name = `worker ${String(index + 1)}`;
  const stateDir = join(all.dataDir, `state-${String(index + 1)}`);
  const logFile = join(all.logDir, `worker-${String(index + 1)}.log`);
  await mkdir(all.logDir, { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  const argument = JSON.stringify({ ...all.options, stateDir } satisfies WorkerOptions);
  let child: ChildProcess;
  let exit: Promise<number | NodeJS.Signals>;
  let isHurt = false;
  let isOver = false;

  const worker: Worker = {
    name,
    logFile,
    kill: (signal) => {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') isHurt = true;
      child.kill(signal);
    },
    ended: () => exit,
    end: async () => {
      isOver = true;
      worker.kill('SIGKILL');
      await exit;
    },
    start: () => {
      if (isOver) return;
      isHurt = false;
      const started = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', script, argument], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child = started;
      started.stdin.on('error', () => undefined);
      started.stderr.pipe(log, { end: false });
      createInterface({ input: started.stdout }).on('line', (text) => {
        all.onLine(name, JSON.parse(text) as WorkerLine);
      });
      exit = new Promise((resolve) => {
        started.on('exit', (code, signal) => {
          const how = signal ?? code ?? 0;
          resolve(how);
          if (!isHurt) all.onDeath(worker, how);
        });
      });
    },
  };
  worker.start();
  return worker;
};

/** Starts all workers; `onEnd` registers what ends them. */
export const startWorkers = async (
  all: WorkersOptions,
  onEnd: (cleanUp: () => Promise<void>) => unknown,
): Promise<readonly Worker[]> => {
  const workers: Worker[] = [];
  for (let index = 0; index < all.count; index += 1) {
    const worker = await createWorker(index, all);
    workers.push(worker);
    onEnd(() => worker.end());
  }
  return workers;
};
