const began = performance.now();

/** A line of progress, on stderr: stdout is for the results. */
export const say = (line: string): void => {
  const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`bench ${seconds} s: ${line}\n`);
};

/** Seconds since the run began. */
export const elapsedSeconds = (): number => (performance.now() - began) / 1_000;
