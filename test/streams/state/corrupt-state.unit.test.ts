import { cp, mkdtemp, open, readdir, rm, stat, truncate, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { recordingLogger } from '../harness.ts';
import { changesOf, contentAt, contentOf } from './numbered-writes.ts';
import { endStates, newFolder, none, openDisk, put, textsOf } from './states.ts';

afterEach(endStates);

const writes = 300;
const valueBytes = 2_000;
const template = { home: '', folder: '' };
beforeAll(async () => {
  template.home = await mkdtemp(join(tmpdir(), 'points-state-'));
  template.folder = join(template.home, 'sound');
  // What a database finds in its journal when it is opened it writes to a table: this makes several, and a journal.
  for (let n = 1; n <= writes; ) {
    const state = await DiskState.open(template.folder, silentLogger);
    for (const until = n + writes / 3; n < until; n += 1) {
      await state.apply(changesOf(n, valueBytes), new Map([['log', n]]), 0);
    }
    await state.close();
  }
});
afterAll(() => rm(template.home, { recursive: true }));

const aSoundState = async (): Promise<string> => {
  const folder = await newFolder();
  await cp(template.folder, folder, { recursive: true });
  return folder;
};

type Damage = 'emptied' | 'cut in half' | 'one byte short' | 'garbled' | 'deleted';
const damages: readonly Damage[] = ['emptied', 'cut in half', 'one byte short', 'garbled', 'deleted'];
const kinds = { table: /\.ldb$/, journal: /\.log$/, CURRENT: /^CURRENT$/, manifest: /^MANIFEST-/ } as const;
type Kind = keyof typeof kinds;

/** `where`: from 0, the beginning of the file, to 1. */
const damage = async (path: string, how: Damage, where = 0.5): Promise<void> => {
  const { size } = await stat(path);
  switch (how) {
    case 'emptied':
      return truncate(path, 0);
    case 'cut in half':
      return truncate(path, Math.floor(size / 2));
    case 'one byte short':
      return truncate(path, Math.max(0, size - 1));
    case 'deleted':
      return unlink(path);
    case 'garbled': {
      const file = await open(path, 'r+');
      const position = Math.min(size - 1, Math.floor(size * where));
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position);
      buffer.writeUInt8(buffer.readUInt8(0) ^ 0x10, 0);
      await file.write(buffer, 0, 1, position);
      return file.close();
    }
  }
};

const filesOf = async (folder: string, kind: Kind): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter((name) => kinds[kind].test(name))
    .sort()
    .map((name) => join(folder, name));

const theLine = ['warn', 'A corrupt state store was set aside and is rebuilt from its changelog'];

describe('a state on disk', () => {
  it('whose files are sound is taken as it is', async () => {
    const folder = await aSoundState();
    expect((await filesOf(folder, 'table')).length).toBeGreaterThan(1);
    const logger = recordingLogger();
    const state = await openDisk(folder, logger);
    expect(await contentOf(state)).toEqual(contentAt(writes, valueBytes));
    expect(logger.lines).toEqual([]);
  });

  const cases = (['table', 'CURRENT', 'manifest'] as const).flatMap((kind) =>
    damages.map((how): readonly [Kind, Damage] => [kind, how]),
  );
  it.each([...cases, ['journal', 'garbled'] as const, ['journal', 'deleted'] as const])(
    'whose %s is %s is set aside and begun anew, with one line in the log',
    async (kind, how) => {
      const folder = await aSoundState();
      const [file] = await filesOf(folder, kind);
      await damage(file!, how, 0.3);
      const logger = recordingLogger();
      const state = await openDisk(folder, logger);
      expect(await contentOf(state)).toEqual(new Map());
      expect(await state.checkpoints()).toEqual(new Map());
      expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([theLine]);
      const { aside } = logger.lines[0]!.fields as { aside: string };
      expect(await readdir(aside)).not.toEqual([]);
      await state.apply([put('a', '2')], none, 0);
      expect(await textsOf(state, ['a'])).toEqual(['2']);
    },
  );

  it.each(['emptied', 'cut in half', 'one byte short'] as const)(
    'whose newest journal is %s has lost its last writes with their checkpoints, as in a crash',
    async (how) => {
      const folder = await aSoundState();
      const journals = await filesOf(folder, 'journal');
      await damage(journals.at(-1)!, how);
      const state = await openDisk(folder);
      const checkpoint = (await state.checkpoints()).get('log')!;
      expect(checkpoint).toBeLessThan(writes);
      expect(await contentOf(state)).toEqual(contentAt(checkpoint, valueBytes));
    },
  );

  it('never holds anything but what its checkpoint says, whatever is damaged', async () => {
    const kind = fc.constantFrom<Kind>('table', 'journal', 'CURRENT', 'manifest');
    const where = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(kind, fc.constantFrom(...damages), where, fc.nat(100), async (of, how, position, which) => {
        const folder = await aSoundState();
        const files = await filesOf(folder, of);
        await damage(files[which % files.length]!, how, position);
        const logger = recordingLogger();
        const state = await DiskState.open(folder, logger);
        try {
          const checkpoint = (await state.checkpoints()).get('log') ?? 0;
          expect(await contentOf(state)).toEqual(contentAt(checkpoint, valueBytes));
          expect(logger.lines.map(({ level, message }) => [level, message])).toEqual(checkpoint === 0 ? [theLine] : []);
        } finally {
          await state.close();
          await rm(dirname(folder), { recursive: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the newest of what was set aside, and of no other task anything', async () => {
    const folder = await aSoundState();
    const other = `${folder}0`;
    for (const [path, times] of [
      [other, 1],
      [folder, 3],
    ] as const) {
      for (let time = 0; time < times; time += 1) {
        const state = await DiskState.open(path, silentLogger);
        await state.apply(changesOf(time + 1, valueBytes), new Map([['log', 1]]), 0);
        await state.close();
        const [manifest] = await filesOf(path, 'manifest');
        await damage(manifest!, 'garbled');
        await (await DiskState.open(path, silentLogger)).close();
      }
    }
    const left = (await readdir(dirname(folder))).sort();
    expect(left).toEqual(['0', '00', '00.corrupt-1', '0.corrupt-3'].sort());
  });

  it('says in its line what it removed', async () => {
    const folder = await aSoundState();
    await cp(folder, `${folder}.aside-1764590000000`, { recursive: true });
    await damage(join(folder, 'CURRENT'), 'emptied');
    const logger = recordingLogger();
    await openDisk(folder, logger);
    const { aside, removed } = logger.lines[0]!.fields as { aside: string; removed: string[] };
    expect(basename(aside)).toBe('0.corrupt-1764590000001');
    expect(removed).toEqual([`${folder}.aside-1764590000000`]);
  });

  it('that is damaged but in use is left to who uses it', async () => {
    const folder = await aSoundState();
    const mine = await openDisk(folder);
    const [table] = await filesOf(folder, 'table');
    await damage(table!, 'garbled', 0.9);
    await expect(DiskState.open(folder, silentLogger)).rejects.toThrow();
    expect(await readdir(dirname(folder))).toEqual(['0']);
    expect((await mine.checkpoints()).get('log')).toBe(writes);
  });
});
