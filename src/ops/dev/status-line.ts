import { setTimeout as sleep } from 'node:timers/promises';

export interface StatusLineOptions {
  /** The status of this moment in one line. */
  readonly read: () => Promise<string>;
  readonly signal: AbortSignal;
  readonly stream?: NodeJS.WriteStream;
}

const terminalEveryMs = 1_000;
const logEveryMs = 30_000;

/** Shows the status until the signal: in place on a terminal, and elsewhere as a line now and then. */
export const showStatus = async ({ read, signal, stream = process.stdout }: StatusLineOptions): Promise<void> => {
  const inPlace = stream.isTTY;
  while (!signal.aborted) {
    const line = await read();
    // A line that is wider than the terminal would wrap, and then be overwritten only in part.
    stream.write(inPlace ? `\r\u001b[2K${line.slice(0, stream.columns - 1)}` : `${line}\n`);
    await sleep(inPlace ? terminalEveryMs : logEveryMs, undefined, { signal }).catch(() => undefined);
  }
  if (inPlace) stream.write('\n');
};
