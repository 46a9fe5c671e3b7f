import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What a stand-in must still know after it was killed: one JSON line an entry, never changed. */
export interface Journal<Entry> {
  /** Resolves when it is written; entries are written in the order of the calls. */
  append(entry: Entry): Promise<void>;
}

/** A text, or nothing where there is no such file. */
export const readIfThere = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

/** The lines of a JSON lines file; what was being written when its writer was killed is passed over. */
export function* jsonLines(text: string): Generator {
  for (const line of text.split('\n')) {
    try {
      if (line !== '') yield JSON.parse(line);
    } catch {
      // Half a line: its writer told nobody that it was written.
    }
  }
}

/** Begins with a line break as well, so that half a line of a writer before spoils nothing but itself. */
export const asJsonLines = (entries: readonly unknown[]): string =>
  entries.map((entry) => `\n${JSON.stringify(entry)}\n`).join('');

/**
 * @param file made with its folder where it is not there
 * @param known told each entry of earlier runs, oldest first
 */
export const openJournal = async <Entry>(file: string, known: (entry: Entry) => void): Promise<Journal<Entry>> => {
  await mkdir(path.dirname(file), { recursive: true });
  for (const entry of jsonLines(await readIfThere(file))) known(entry as Entry);
  let last: Promise<void> = Promise.resolve();
  return {
    append: (entry) => {
      const write = (): Promise<void> => appendFile(file, asJsonLines([entry]));
      // One that failed, as on a full disk, is its caller's; the next has its own try.
      last = last.then(write, write);
      return last;
    },
  };
};
