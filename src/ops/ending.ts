/** Makes a command's failure the end of the process, told in one line with its exit code. */
export type Ending = <Args extends readonly unknown[]>(
  command: (...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>;
