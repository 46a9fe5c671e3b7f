import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { recordingLogger } from '../harness.ts';
import { contentAt, contentOf } from './numbered-writes.ts';
import { endStates, newFolder, none, openDisk, put, textsOf } from './states.ts';

afterEach(endStates);

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
    const path = join(folder, journal!);
    await truncate(path, (await stat(path)).size - 100);
    const again = await openDisk(folder);
    expect(await textsOf(again, ['a', 'b'])).toEqual(['1', undefined]);
    expect(await again.checkpoints()).toEqual(new Map([['log', 1]]));
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

  it('is whole after kill -9 in the middle of writing, and nothing of it is set aside', async () => {
    const folder = await newFolder();
    const worker = spawn(process.execPath, [join(import.meta.dirname, 'writing-worker.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(worker, 'exit');
    let written = 0;
    for await (const line of worker.stdout.setEncoding('utf8')) {
      written = Number(String(line).trim().split('\n').at(-1));
      if (written >= 300) worker.kill('SIGKILL');
    }
    await ended;
    const logger = recordingLogger();
    const state = await openDisk(folder, logger);
    expect(logger.lines).toEqual([]);
    const checkpoint = (await state.checkpoints()).get('log')!;
    expect(checkpoint).toBeGreaterThanOrEqual(written);
    expect(await contentOf(state)).toEqual(contentAt(checkpoint, 20_000));
  });

  it('removes what has expired when it is worth a walk, some with each commit', async () => {
    const folder = await newFolder();
    const state = await DiskState.open(folder, silentLogger);
    const many = Array.from({ length: 3_000 }, (_, index) => put(`k${String(index)}`, 'v', 1_000 + index));
    await state.apply([...many, put('stays', 'v'), put('alone', 'v', 500, 'other')], none, 0);
    await state.apply([], none, 900);
    await state.close();
    // 'alone' has expired, and an eighth of the time that all of them span has not gone by.
    expect(await entriesIn(folder)).toBe(3_002);

    const again = await DiskState.open(folder, silentLogger);
    await again.apply([], none, 5_000);
    await again.close();
    expect(await entriesIn(folder)).toBe(3_002 - 256);

    const last = await DiskState.open(folder, silentLogger);
    for (let commit = 0; commit < 20; commit += 1) await last.apply([], none, 5_000);
    expect(await textsOf(last, ['stays'])).toEqual(['v']);
    await last.close();
    expect(await entriesIn(folder)).toBe(1);
  });

  it('of an older layout is set aside, with one line in the log', async () => {
    const folder = await newFolder();
    await mkdir(folder, { recursive: true });
    const old = new ClassicLevel(folder, { compression: false });
    await old.batch([
      { type: 'put', key: 'd!accounts!a', value: '12345678{}' },
      { type: 'put', key: 'c!log', value: '7' },
    ]);
    await old.close();
    const logger = recordingLogger();
    const state = await openDisk(folder, logger);
    expect(await state.checkpoints()).toEqual(new Map());
    expect(await state.size('accounts')).toBe(0);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]!.fields['err']).toMatchObject({ message: expect.stringContaining('another layout') });
  });
});

const entriesIn = async (folder: string): Promise<number> => {
  const level = new ClassicLevel(folder, { compression: false });
  const keys = await level.keys({ gte: 'd!', lt: 'd"' }).all();
  await level.close();
  return keys.length;
};
