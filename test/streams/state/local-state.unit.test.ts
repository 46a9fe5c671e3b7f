import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import type { LocalState, StoreChange } from '../../../src/streams/state/store.ts';
import { recordingLogger } from '../harness.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'points-state-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'group', '0');
};

const openDisk = async (folder: string, logger = silentLogger): Promise<DiskState> => {
  const state = await DiskState.open(folder, logger);
  ends.push(() => state.close());
  return state;
};

const put = (key: string, value: string, expiresAt: number | null = null, store = 'accounts'): StoreChange => ({
  store,
  key,
  value: Buffer.from(value),
  expiresAt,
});
const del = (key: string, store = 'accounts'): StoreChange => ({ store, key, value: null, expiresAt: null });
const none = new Map<string, number>();

const textsOf = async (state: LocalState, keys: readonly string[], store = 'accounts') =>
  (await state.getMany(store, keys)).map((value) => value?.toString());

describe.each<[string, () => Promise<LocalState>]>([
  ['in memory', () => Promise.resolve(new MemoryState())],
  ['on disk', async () => openDisk(await newFolder())],
])('a state %s', (_name, open) => {
  it('gives values in the order of the keys, and nothing where there is none', async () => {
    const state = await open();
    await state.apply([put('a', '1'), put('b', '2')], none, 0);
    expect(await textsOf(state, ['b', 'missing', 'a', 'b'])).toEqual(['2', undefined, '1', '2']);
    expect(await textsOf(state, [])).toEqual([]);
  });

  it('keeps the last word of a key, and forgets it when told', async () => {
    const state = await open();
    await state.apply([put('a', '1'), put('a', '2'), put('b', '1'), del('b'), del('c'), put('c', '3')], none, 0);
    expect(await textsOf(state, ['a', 'b', 'c'])).toEqual(['2', undefined, '3']);
    await state.apply([del('a')], none, 0);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('keeps stores apart, also those whose names and keys look alike', async () => {
    const state = await open();
    await state.apply([put('b!c', '1', null, 'a'), put('c', '2', null, 'a.b'), put('', '3', null, 'a')], none, 0);
    expect(await textsOf(state, ['b!c', 'c', ''], 'a')).toEqual(['1', undefined, '3']);
    expect(await textsOf(state, ['c', ''], 'a.b')).toEqual(['2', undefined]);
    expect(await state.size('a')).toBe(2);
    expect(await state.size('a.b')).toBe(1);
    expect(await state.size('nobody')).toBe(0);
  });

  it('keeps any bytes under any text', async () => {
    const state = await open();
    const value = Buffer.from([0, 255, 33, 34, 0]);
    for (const key of ['', '!', '"', 'שלום', '\u0000', 'x'.repeat(1_000)]) {
      await state.apply([{ store: 'accounts', key, value, expiresAt: null }], none, 0);
      expect(await state.getMany('accounts', [key])).toEqual([value]);
    }
    await state.apply([put('empty', '')], none, 0);
    expect(await textsOf(state, ['empty'])).toEqual(['']);
  });

  it('remembers how far each changelog is contained', async () => {
    const state = await open();
    expect(await state.checkpoints()).toEqual(new Map());
    await state.apply([put('a', '1')], new Map([['accounts-changelog', 10]]), 0);
    await state.apply([], new Map([['seen-changelog', 5]]), 0);
    await state.apply([], new Map([['accounts-changelog', 12]]), 0);
    expect(await state.checkpoints()).toEqual(
      new Map([
        ['accounts-changelog', 12],
        ['seen-changelog', 5],
      ]),
    );
  });

  it('forgets what has expired before the stream time, and keeps what expires at it', async () => {
    const state = await open();
    await state.apply([put('before', '1', 999), put('at', '2', 1_000), put('after', '3', 1_001)], none, 0);
    await state.apply([put('never', '4')], none, 1_000);
    expect(await textsOf(state, ['before', 'at', 'after', 'never'])).toEqual([undefined, '2', '3', '4']);
    expect(await state.size('accounts')).toBe(3);
  });

  it('keeps a key that was written again with a later expiry', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'new', 2_000)], none, 500);
    await state.apply([], none, 1_500);
    expect(await textsOf(state, ['a'])).toEqual(['new']);
    await state.apply([], none, 2_001);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('forgets a key that was written again with an earlier expiry by that one', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 2_000)], none, 0);
    await state.apply([put('a', 'new', 1_000)], none, 500);
    await state.apply([], none, 1_001);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('keeps a key that is written again in the very batch that would forget it', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'new', 3_000)], none, 2_000);
    expect(await textsOf(state, ['a'])).toEqual(['new']);
  });

  it('keeps a key that was written again without an expiry, or deleted and written again', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000), put('b', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'for ever'), del('b')], none, 500);
    await state.apply([put('b', 'again', 9_000)], none, 600);
    await state.apply([], none, 2_000);
    expect(await textsOf(state, ['a', 'b'])).toEqual(['for ever', 'again']);
  });

  it('forgets everything that expired in the end, also after a long pause', async () => {
    const state = await open();
    const many = Array.from({ length: 5_000 }, (_, index) => put(`k${String(index)}`, 'v', 1_000 + (index % 7)));
    await state.apply(many, none, 0);
    for (let commit = 0; commit < 3; commit += 1) await state.apply([], none, 5_000);
    expect(await state.size('accounts')).toBe(0);
  });

  it('times of today sort as numbers do', async () => {
    const state = await open();
    const today = Date.parse('2026-03-01T12:00:00Z');
    await state.apply([put('small', '1', 5), put('today', '2', today)], none, 0);
    await state.apply([], none, today - 1);
    expect(await textsOf(state, ['small', 'today'])).toEqual([undefined, '2']);
  });
});

describe('a state on disk', () => {
  it('is there again when it is opened again, with its checkpoints', async () => {
    const folder = await newFolder();
    const first = await DiskState.open(folder, silentLogger);
    await first.apply([put('a', '1'), put('b', '2', 1_000)], new Map([['log', 7]]), 0);
    await first.close();
    const again = await openDisk(folder);
    expect(await textsOf(again, ['a', 'b'])).toEqual(['1', '2']);
    expect(await again.checkpoints()).toEqual(new Map([['log', 7]]));
    await again.apply([], none, 1_001);
    expect(await textsOf(again, ['b'])).toEqual([undefined]);
  });

  it('has a batch and its checkpoint, or neither, however its file was cut off', async () => {
    const folder = await newFolder();
    const first = await DiskState.open(folder, silentLogger);
    await first.apply([put('a', '1')], new Map([['log', 1]]), 0);
    await first.apply([put('a', '2'), put('b', '2'.repeat(500))], new Map([['log', 2]]), 0);
    await first.close();
    // The tail of the log is what a crash takes: LevelDB's journal is the only file these two batches are in.
    const [journal] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    const { truncate, stat } = await import('node:fs/promises');
    const path = join(folder, journal!);
    await truncate(path, (await stat(path)).size - 100);
    const again = await openDisk(folder);
    expect(await textsOf(again, ['a', 'b'])).toEqual(['1', undefined]);
    expect(await again.checkpoints()).toEqual(new Map([['log', 1]]));
  });

  it('that is corrupt is set aside and begun anew, with one line in the log', async () => {
    const folder = await newFolder();
    const first = await DiskState.open(folder, silentLogger);
    await first.apply([put('a', '1')], new Map([['log', 7]]), 0);
    await first.close();
    for (const name of await readdir(folder)) {
      if (name.startsWith('MANIFEST')) await writeFile(join(folder, name), 'this is no manifest');
    }
    const logger = recordingLogger();
    const again = await openDisk(folder, logger);
    expect(await textsOf(again, ['a'])).toEqual([undefined]);
    expect(await again.checkpoints()).toEqual(new Map());
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'A corrupt state store was set aside and is rebuilt from its changelog'],
    ]);
    const { aside } = logger.lines[0]!.fields as { aside: string };
    expect(await readdir(aside)).toContain('CURRENT');
    await again.apply([put('a', '2')], none, 0);
    expect(await textsOf(again, ['a'])).toEqual(['2']);
  });

  it('that lacks a file it names is corrupt as well', async () => {
    const folder = await newFolder();
    const first = await DiskState.open(folder, silentLogger);
    await first.apply([put('a', '1')], none, 0);
    await first.close();
    for (const name of await readdir(folder)) if (name.startsWith('MANIFEST')) await rm(join(folder, name));
    const logger = recordingLogger();
    const again = await openDisk(folder, logger);
    expect(await textsOf(again, ['a'])).toEqual([undefined]);
    expect(logger.lines).toHaveLength(1);
  });

  it('that another instance has open is not taken from it', async () => {
    const folder = await newFolder();
    const mine = await openDisk(folder);
    await mine.apply([put('a', '1')], none, 0);
    await expect(DiskState.open(folder, silentLogger)).rejects.toThrow();
    expect(await textsOf(mine, ['a'])).toEqual(['1']);
  });

  it('whose folder holds strangers is opened all the same', async () => {
    const folder = await newFolder();
    const first = await DiskState.open(folder, silentLogger);
    await first.apply([put('a', '1')], none, 0);
    await first.close();
    await appendFile(join(folder, 'notes.txt'), 'not ours');
    expect(await textsOf(await openDisk(folder), ['a'])).toEqual(['1']);
  });
});
