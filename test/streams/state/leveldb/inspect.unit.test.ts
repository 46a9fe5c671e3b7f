import { appendFile, copyFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/common/logger.ts';
import { DiskState } from '../../../../src/streams/state/disk-state.ts';
import { faultOf } from '../../../../src/streams/state/leveldb/inspect.ts';
import { endStates, newFolder, none, put } from '../states.ts';

afterEach(endStates);

const pathOf = async (folder: string, kind: RegExp): Promise<string> =>
  join(folder, (await readdir(folder)).find((name) => kind.test(name)) ?? 'none');

/** A database whose journal holds one value of so many bytes. */
const aDatabase = async (valueBytes = 100) => {
  const folder = await newFolder();
  const state = await DiskState.open(folder, silentLogger);
  await state.apply([put('a', 'v'.repeat(valueBytes))], none, 0);
  await state.close();
  return { folder, journal: await pathOf(folder, /\.log$/), manifest: await pathOf(folder, /^MANIFEST/) };
};

const next = (journal: string): string =>
  journal.replace(/(\d+)\.log$/, (_name, number: string) => `${String(Number(number) + 1).padStart(6, '0')}.log`);

describe('looking through a database', () => {
  it('finds nothing where there is none, or strangers only', async () => {
    const folder = await newFolder();
    expect(await faultOf(folder)).toBe(null);
    expect(await faultOf(import.meta.dirname)).toBe(null);
  });

  it('finds a sound one sound, also where a record spans many blocks', async () => {
    expect(await faultOf((await aDatabase()).folder)).toBe(null);
    expect(await faultOf((await aDatabase(200_000)).folder)).toBe(null);
  });

  it('lets the newest journal end too early, but none before it: that would be a hole', async () => {
    const { folder, journal } = await aDatabase(200_000);
    await copyFile(journal, next(journal));
    expect(await faultOf(folder)).toBe(null);
    await truncate(next(journal), 100_000);
    expect(await faultOf(folder)).toBe(null);
    await truncate(next(journal), 0);
    expect(await faultOf(folder)).toBe(null);
    await truncate(journal, 100_000);
    expect(await faultOf(folder)).toMatchObject({ message: expect.stringContaining('ends too early') });
    await truncate(journal, 0);
    expect(await faultOf(folder)).toMatchObject({ message: expect.stringContaining('ends too early') });
  });

  it('does not let the manifest end in the middle of a record', async () => {
    const { folder, manifest } = await aDatabase();
    await appendFile(manifest, Buffer.from([1, 2, 3, 4, 100, 0, 1, 5, 5]));
    expect(await faultOf(folder)).toMatchObject({ message: expect.stringContaining('ends too early') });
  });

  it('names the file and what is wrong with it', async () => {
    const { folder, journal } = await aDatabase();
    await appendFile(journal, Buffer.from([1, 2, 3, 4, 1, 0, 1, 5]));
    const fault = await faultOf(folder);
    expect(fault).toMatchObject({ code: 'STORE_FILE_UNSOUND', facts: { file: expect.stringMatching(/\.log$/) } });
    expect(fault?.message).toMatch(/^The file \d+\.log is unsound: the checksum of the record at \d+ does not match$/);
  });
});
