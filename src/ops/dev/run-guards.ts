import path from 'node:path';
import { tryLock } from '../lock.mjs';
import { DataFolderInUseError, ServerFailedError } from './errors.ts';
import { logTail } from './process.ts';
import type { ServerHandle } from './server.ts';

/** A process of a run, and where it tells what it does. */
export interface Watched {
  readonly handle: ServerHandle;
  readonly logFile: string;
}

/**
 * Makes sure that this is the only run on a home folder.
 * @returns the release
 * @throws DataFolderInUseError with the process id of the other run
 */
export const lockHome = (home: string): (() => void) => {
  const { release, holder } = tryLock(path.join(home, '.run.lock'));
  if (release === undefined) throw new DataFolderInUseError(home, holder);
  return release;
};

/**
 * Rejects with the tail of its log when the first of these processes ends, whatever its exit code: none of them has a
 * reason to. Once `stopping` is aborted somebody stops them, and that is no news.
 */
export const whenOneDies = (watched: readonly Watched[], stopping: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    for (const { handle, logFile } of watched) {
      void handle.exited.then(async ({ code, signal }) => {
        if (stopping.aborted) return;
        const how = signal === null ? `exited with ${code ?? 'nothing'}` : `was ended by ${signal}`;
        reject(new ServerFailedError(`${handle.name} ${how}, so everything is stopped:\n${await logTail(logFile)}`));
      });
    }
  });
