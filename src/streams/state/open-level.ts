import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { allEntries, metaKey } from './disk-layout.ts';
import { type DiskMeta, decodeMeta } from './disk-meta.ts';
import { FileFault } from './leveldb/file-fault.ts';
import { faultOf } from './leveldb/inspect.ts';
import { setAside } from './set-aside.ts';

export type Level = ClassicLevel<string, Buffer>;

export interface OpenedLevel {
  readonly level: Level;
  readonly meta: DiskMeta | null;
}

/** Measured with perf/micro/state-stores.ts; perf/README.md says what other settings cost. */
const options = {
  // Snappy takes a quarter off the disk, as ids hardly shrink, and adds a fifth to the CPU, for reads above all.
  compression: false,
  // Blocks that are not compressed are read where the file is mapped, and never get into the cache.
  cacheSize: 1024 * 1024,
  keyEncoding: 'utf8',
  valueEncoding: 'buffer',
} as const;

/**
 * Opens the folder, making it where it does not exist. What is not sound, or of another layout, is set aside under
 * another name and begun anew, with one line in the log: the changelog holds everything that is in it.
 * @throws where the folder is in use, or its disk fails
 */
export async function openLevel(folder: string, logger: Logger): Promise<OpenedLevel> {
  await mkdir(dirname(folder), { recursive: true });
  const fault = await faultOf(folder);
  const opened = await tryToOpen(folder);
  if (!(opened instanceof Error)) {
    if (fault === null) return opened;
    // Only now that nobody else has it: who reads while another writes sees faults that are none.
    await opened.level.close();
  }
  const found = fault ?? toError(opened);
  const moved = await setAside(folder, 'corrupt');
  logger.warn(
    { err: found, folder, ...moved },
    'A corrupt state store was set aside and is rebuilt from its changelog',
  );
  const level = await openPlain(folder);
  return { level, meta: null };
}

/** @returns the error where the folder holds no database that we could read; it throws all others */
async function tryToOpen(folder: string): Promise<OpenedLevel | Error> {
  let level: Level;
  try {
    level = await openPlain(folder);
  } catch (error) {
    if (isCorruption(error)) return toError(error);
    throw error;
  }
  const bytes = await level.get(metaKey);
  if (bytes !== undefined) {
    const meta = decodeMeta(bytes);
    if (meta !== undefined) return { level, meta };
  } else if ((await level.keys({ ...allEntries, limit: 1 }).all()).length === 0) return { level, meta: null };
  await level.close();
  return new FileFault('The state store was written with another layout', { facts: { folder } });
}

async function openPlain(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, options);
  await level.open();
  return level;
}

/** What LevelDB says of a folder that it made and that lacks one of its files: an IO error like that of a full disk. */
const isMissingFile = (error: Error): boolean => error.message.endsWith('No such file or directory');

const isCorruption = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false;
  const isCorrupt = 'code' in thrown && thrown.code === 'LEVEL_CORRUPTION';
  return isCorrupt || isMissingFile(thrown) || isCorruption(thrown.cause);
};
