import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ServerFailedError } from './errors.ts';
import { tail } from './tool.ts';

/** What to run, and where it logs. */
export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly logFile: string;
  /** Between SIGTERM and SIGKILL when it is stopped; 10 s by default. */
  readonly graceSeconds?: number;
}

/** How a server ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running server. */
export interface ServerProcess {
  /** Of the server itself, not of its supervisor. */
  readonly pid: number;
  /** Resolves when the server has ended, in whatever way; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** SIGTERM, after the grace SIGKILL; resolves when the server is gone. */
  stop(): Promise<void>;
  /** Sends one signal and does not wait. */
  kill(signal: NodeJS.Signals): void;
}

type Said = { readonly pid: number } | { readonly error: string } | ServerExit;

const defaultGraceSeconds = 10;
const logLimitBytes = 20_000_000;
const supervisor = path.join(import.meta.dirname, 'supervise.mjs');

const openLog = (file: string): number => {
  mkdirSync(path.dirname(file), { recursive: true });
  const isLarge = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes;
  return openSync(file, isLarge ? 'w' : 'a');
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** The last lines of a server's log, or where to look. */
export const logTail = async (file: string): Promise<string> => {
  try {
    return `${tail(await readFile(file, 'utf8'))}\n(log: ${file})`;
  } catch {
    return `(no log at ${file})`;
  }
};

/**
 * Starts a server under a supervisor of its own, outside the terminal's process group: Ctrl-C does not reach it, and it
 * ends when this process does.
 * @throws ServerFailedError when the program cannot be started
 */
export const startProcess = async (server: ServerCommand): Promise<ServerProcess> => {
  const log = openLog(server.logFile);
  const graceSeconds = server.graceSeconds ?? defaultGraceSeconds;
  const child = spawn(process.execPath, [supervisor, String(graceSeconds), server.command, ...server.args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', log],
    env: server.env ?? process.env,
    cwd: server.cwd,
  });
  closeSync(log);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new ServerFailedError(`${server.name}: the supervisor has no pipes`);
  stdin.on('error', () => undefined);

  let pid = 0;
  const exited = Promise.withResolvers<ServerExit>();
  const started = new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new ServerFailedError(`${server.name} could not be started: ${why}`));
    child.on('error', (error) => fail(error.message));
    createInterface({ input: stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Said;
      if ('pid' in said) {
        pid = said.pid;
        resolve();
      } else if ('error' in said) fail(said.error);
      else exited.resolve(said);
    });
    child.on('close', (code, ended) => {
      fail('its supervisor ended');
      // The supervisor was killed before it could tell: its server has nobody left, so it goes too.
      if (pid !== 0 && ended !== null) signal(pid, 'SIGKILL');
      exited.resolve({ code, signal: ended });
    });
  });
  await started;

  return {
    pid,
    exited: exited.promise,
    stop: async () => {
      stdin.end();
      // In case the supervisor cannot do its work, frozen for example.
      const lastResort = setTimeout(
        () => {
          signal(pid, 'SIGKILL');
          child.kill('SIGKILL');
        },
        (graceSeconds + 2) * 1_000,
      );
      await exited.promise;
      clearTimeout(lastResort);
    },
    kill: (name) => signal(pid, name),
  };
};
