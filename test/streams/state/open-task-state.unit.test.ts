import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CompositeState } from '../../../src/streams/state/composite-state.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import type { LocalState } from '../../../src/streams/state/store.ts';
import { recordingLogger } from '../harness.ts';
import { changelogOf, endStates, newFolder, none, openTask, put, store, textsOf } from './states.ts';

afterEach(endStates);

const offsets = (...entries: [string, number][]): ReadonlyMap<string, number> =>
  new Map(entries.map(([name, offset]) => [changelogOf(name), offset]));

const both = [store('accounts'), store('seen', 'memory')];
const write = (state: LocalState): Promise<void> =>
  state.apply([put('a', '1'), put('s', '2', null, 'seen')], offsets(['accounts', 5], ['seen', 9]), 0);

describe('the state of a task', () => {
  it('is of the kind that its stores ask for', async () => {
    const folder = await newFolder();
    expect(await openTask([], folder)).toBeInstanceOf(MemoryState);
    expect(await openTask([store('seen', 'memory')], folder)).toBeInstanceOf(MemoryState);
    await expect(readdir(dirname(folder))).rejects.toThrow();
    expect(await openTask([store('accounts')], folder)).toBeInstanceOf(DiskState);
  });

  it('keeps over a restart what is on disk and how far it is, and nothing of what is in memory', async () => {
    const folder = await newFolder();
    const first = await openTask(both, folder);
    await write(first);
    expect(await first.checkpoints()).toEqual(offsets(['accounts', 5], ['seen', 9]));
    expect(await textsOf(first, ['s'], 'seen')).toEqual(['2']);
    await first.close();

    const again = await openTask(both, folder);
    expect(await again.checkpoints()).toEqual(offsets(['accounts', 5]));
    expect(await textsOf(again, ['a'])).toEqual(['1']);
    expect(await textsOf(again, ['s'], 'seen')).toEqual([undefined]);
    await again.apply([put('s', '3', null, 'seen')], offsets(['seen', 10]), 0);
    expect(await again.checkpoints()).toEqual(offsets(['accounts', 5], ['seen', 10]));
  });

  it('has changed neither part where the disk cannot be written', async () => {
    const state = await openTask(both, await newFolder());
    const disk = await openTask([store('accounts')], await newFolder());
    await disk.close();
    const failing = new CompositeState({
      disk,
      memory: state,
      inMemory: new Set(['seen']),
      changelogsInMemory: new Set([changelogOf('seen')]),
    });
    await expect(write(failing)).rejects.toThrow();
    expect(await textsOf(state, ['s'], 'seen')).toEqual([undefined]);
  });

  it('begins a store anew that was in memory for a time: its changelog has forgotten deletions since', async () => {
    const folder = await newFolder();
    const onDisk = [store('accounts'), store('seen')];
    const first = await openTask(onDisk, folder);
    await write(first);
    await first.close();
    await (await openTask(both, folder)).close();

    const again = await openTask(onDisk, folder);
    expect(await again.checkpoints()).toEqual(offsets(['accounts', 5]));
    expect(await textsOf(again, ['s'], 'seen')).toEqual([undefined]);
    expect(await textsOf(again, ['a'])).toEqual(['1']);
  });

  it('begins a store anew that the topology did not have for a time, also when it had none on disk', async () => {
    const folder = await newFolder();
    const first = await openTask([store('accounts'), store('a.b'), store('seen')], folder);
    await write(first);
    await first.apply([put('k', 'v', null, 'a.b')], offsets(['a.b', 1]), 0);
    await first.close();
    await (await openTask([store('seen'), store('a.b')], folder)).close();

    const second = await openTask([store('accounts'), store('a.b'), store('seen')], folder);
    expect(await second.checkpoints()).toEqual(offsets(['seen', 9], ['a.b', 1]));
    expect(await second.size('accounts')).toBe(0);
    expect(await textsOf(second, ['s'], 'seen')).toEqual(['2']);
    await second.close();

    await (await openTask([store('other', 'memory')], folder)).close();
    const third = await openTask([store('seen'), store('a.b')], folder);
    expect(await third.checkpoints()).toEqual(new Map());
    expect([await third.size('seen'), await third.size('a.b')]).toEqual([0, 0]);
  });

  it('keeps nothing that has no checkpoint: the changelog will be read from its beginning', async () => {
    const folder = await newFolder();
    const first = await openTask([store('accounts')], folder);
    await first.apply([put('a', '1')], none, 0);
    await first.close();
    expect(await (await openTask([store('accounts')], folder)).size('accounts')).toBe(0);
  });

  it('is set aside when it must be rebuilt, and only the newest is kept', async () => {
    const folder = await newFolder();
    await mkdir(`${folder}.aside-1764590000000`, { recursive: true });
    const logger = recordingLogger();
    for (let time = 0; time < 3; time += 1) {
      const state = await openTask(both, folder, { rebuild: true, logger });
      expect(await state.checkpoints()).toEqual(new Map());
      await write(state);
      await state.close();
    }
    expect((await readdir(dirname(folder))).sort()).toEqual(['0', '0.aside-1764590000002']);
    expect(logger.lines.map(({ message, fields }) => [message, fields['removed']])).toEqual([
      ['The local state was set aside', [`${folder}.aside-1764590000000`]],
      ['The local state was set aside', [`${folder}.aside-1764590000001`]],
    ]);
  });
});
