import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** A process of the run that does as it is asked, one question after the other. */
export interface Child {
  readonly pid: number;
  ask<Answer>(question: Serializable): Promise<Answer>;
  /** Sends the signal and resolves when the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Takes what it prints. */
  readonly logFile: string;
}

interface Answered {
  readonly answer?: unknown;
  readonly error?: string;
}

export function startChild(script: string, options: ChildOptions): Child {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child: ChildProcess = fork(script, [...(options.args ?? [])], {
    execArgv: ['--disable-warning=TimeoutNegativeWarning', ...(options.execArgv ?? [])],
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const ended = once(child, 'exit');
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const dead = (): Error => new Error(`${script} has ended; see ${options.logFile}`);
  return {
    pid: child.pid ?? 0,
    ask: <Answer>(question: Serializable) =>
      new Promise<Answer>((resolve, reject) => {
        if (hasEnded()) {
          reject(dead());
          return;
        }
        const settle = (act: () => void): void => {
          child.off('message', onMessage);
          child.off('exit', onExit);
          act();
        };
        const onMessage = (message: Answered): void => {
          settle(() => {
            if (message.error === undefined) resolve(message.answer as Answer);
            else reject(new Error(message.error));
          });
        };
        const onExit = (): void => {
          settle(() => {
            reject(dead());
          });
        };
        child.on('message', onMessage);
        child.on('exit', onExit);
        child.send(question);
      }),
    async end(signal = 'SIGTERM') {
      if (!hasEnded()) child.kill(signal);
      await ended;
    },
  };
}

/** The other side: answers the questions of the process that started this one, and ends with it. */
export function answerParent(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (value) => process.send?.({ answer: value }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  endWithParent();
}

/** A process that was started for a run is of no use after it. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
}
