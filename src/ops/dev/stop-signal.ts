/**
 * Aborted when this process is asked to stop: Ctrl-C, SIGTERM, or its terminal closed. Asked a second time it ends at
 * once; what it started ends with it, see supervise.mjs.
 */
export const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort(signal);
    });
  }
  return stop.signal;
};

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
