import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import { ServerFailedError } from './errors.ts';
import { assertPortsFree, type NamedPort } from './ports.ts';
import { logTail, startProcess, type ServerCommand, type ServerExit, type ServerProcess } from './process.ts';

/** Everything that makes one server run. */
export interface ServerSpec extends ServerCommand {
  readonly ports: readonly NamedPort[];
  /** Throws until the server really answers. */
  readonly probe: () => Promise<void>;
}

/** A development server, for whoever stops it and for tests that hurt it. */
export interface ServerHandle {
  readonly name: string;
  /** Of the server that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when the server that runs now has ended; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** SIGTERM, after 10 s SIGKILL; resolves when it is gone. Harmless when it is gone already. */
  stop(): Promise<void>;
  /** Sends one signal (SIGKILL, SIGSTOP, SIGCONT …) to the server itself and does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** Stops it if it runs, starts it again on the same data and ports, and waits until it answers. */
  restart(): Promise<void>;
}

const readyWithinMs = 120_000;
const probeEveryMs = 100;

/**
 * Asks until the answer is good.
 * @throws DependencyUnavailableError with the last fault as its cause, when that takes longer than `withinMs`
 */
export const untilAnswers = async (name: string, probe: () => Promise<void>, withinMs: number): Promise<void> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await probe();
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        const facts = { within_seconds: withinMs / 1000, last: toError(cause).message };
        throw new DependencyUnavailableError(name, { cause, facts });
      }
      await sleep(probeEveryMs);
    }
  }
};

const run = async (spec: ServerSpec): Promise<ServerProcess> => {
  await assertPortsFree(spec.ports);
  const server = await startProcess(spec);
  let hasEnded = false;
  const ended = server.exited.then(async ({ code, signal }): Promise<never> => {
    hasEnded = true;
    const how = signal === null ? `exited with ${code ?? 'nothing'}` : `was ended by ${signal}`;
    throw new ServerFailedError(`${spec.name} ${how} before it answered:\n${await logTail(spec.logFile)}`);
  });
  // Nobody waits for this promise once the server has answered.
  ended.catch(() => undefined);
  const probe = async (): Promise<void> => {
    // Whoever answers after our server has ended is somebody else.
    if (!hasEnded) await spec.probe();
  };
  try {
    await Promise.race([untilAnswers(spec.name, probe, readyWithinMs), ended]);
  } catch (error) {
    await server.stop();
    throw error instanceof DependencyUnavailableError
      ? new ServerFailedError(`${spec.name} did not answer in time:\n${await logTail(spec.logFile)}`, { cause: error })
      : error;
  }
  return server;
};

/**
 * Starts a server and waits until it answers.
 * @throws PortTakenError before anything is started; ServerFailedError with the tail of the log
 */
export const startServer = async (spec: ServerSpec): Promise<ServerHandle> => {
  let server = await run(spec);
  return {
    name: spec.name,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    restart: async () => {
      await server.stop();
      server = await run(spec);
    },
  };
};
