/** Tells a person what goes on, each line with the seconds since the start. */
export interface Steps {
  /** One step done, or begun. */
  readonly tell: (line: string) => void;
  /** Text without a time before it. */
  readonly print: (text: string) => void;
}

/** Lines go to stdout: what a person waits for is what this program is for. */
export const createSteps = (startedMs = performance.now()): Steps => ({
  tell: (line) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${seconds.padStart(7)} s  ${line}\n`);
  },
  print: (text) => void process.stdout.write(`${text}\n`),
});
