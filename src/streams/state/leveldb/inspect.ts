import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFault } from './file-fault.ts';
import { readLog } from './log-file.ts';
import { type LiveFiles, readManifest } from './manifest.ts';
import { checkTable } from './table-file.ts';

/**
 * Looks through a database that nobody has open, and says what is wrong with it; null when it is sound, or not there.
 *
 * LevelDB does not do this by itself, as its binding cannot be told to: it reads tables without looking at their
 * checksums, passes over garbled records of its journal, and begins an empty database where CURRENT is missing. A wrong
 * balance, or none, would be taken for the truth.
 */
export async function faultOf(folder: string): Promise<Error | null> {
  let looking = folder;
  const read = (name: string): Promise<Buffer> => {
    looking = name;
    return readFile(join(folder, name));
  };
  try {
    const names = await readdir(folder).catch(nothingThere);
    if (!names.some((name) => kindOf(name) !== null)) return null;
    const current = (await read('CURRENT')).toString();
    const manifest = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
    if (manifest === undefined) throw new FileFault('it names no manifest');
    const live = readManifest(await read(manifest));
    await checkTables(names, live, read);
    await checkJournals(names, live, read);
    return null;
  } catch (error) {
    const isOurs = error instanceof FileFault || error instanceof RangeError || isMissing(error);
    // A disk that cannot be read now says nothing about what is on it.
    if (!isOurs) throw error;
    return new FileFault(`The file ${looking} is unsound: ${error.message}`, {
      cause: error,
      facts: { file: looking },
    });
  }
}

const isMissing = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const nothingThere = (error: unknown): string[] => {
  if (isMissing(error)) return [];
  throw error;
};

const kindOf = (name: string): 'table' | 'journal' | 'manifest' | null => {
  if (/^\d+\.(ldb|sst)$/.test(name)) return 'table';
  if (/^\d+\.log$/.test(name)) return 'journal';
  return /^MANIFEST-\d+$/.test(name) ? 'manifest' : null;
};

async function checkTables(names: readonly string[], live: LiveFiles, read: Read): Promise<void> {
  const byNumber = new Map(names.filter((name) => kindOf(name) === 'table').map((name) => [parseInt(name, 10), name]));
  for (const [number, size] of live.tables) {
    const file = await read(byNumber.get(number) ?? `${String(number).padStart(6, '0')}.ldb`);
    if (file.length !== size) throw new FileFault(`it has ${String(file.length)} bytes of ${String(size)}`);
    checkTable(file);
  }
}

async function checkJournals(names: readonly string[], live: LiveFiles, read: Read): Promise<void> {
  const journals = names
    .filter((name) => kindOf(name) === 'journal')
    .map((name) => ({ name, number: parseInt(name, 10) }))
    .filter(({ number }) => number >= live.firstJournal || number === live.previousJournal)
    .sort((a, b) => a.number - b.number);
  // It is made before the manifest names it, and removed after the manifest names a later one.
  if (live.firstJournal > 0 && !journals.some(({ number }) => number === live.firstJournal)) {
    throw new FileFault(`the journal ${String(live.firstJournal)} that it names is missing`);
  }
  for (const { name } of journals) {
    const { records, isTorn } = readLog(await read(name));
    // An end that is missing is what a crash takes; a journal after it would make of that a hole.
    const isWhole = !isTorn && records.length > 0;
    if (!isWhole && name !== journals.at(-1)?.name) throw new FileFault('it ends too early');
  }
}

type Read = (name: string) => Promise<Buffer>;
