/** The lock, or the process id of who has it. */
export type LockOutcome =
  | { readonly release: () => void; readonly holder?: undefined }
  | { readonly holder: number; readonly release?: undefined };

/** Takes the lock that lives in `folder` if it is free or its holder is dead; never waits. */
export function tryLock(folder: string): LockOutcome;

/** Waits for the lock and returns its release; `onWait` hears the holder's process id at first and then every 5 s. */
export function acquireLock(folder: string, onWait?: (holder: number, seconds: number) => void): Promise<() => void>;
