import { describe, expect, it } from 'vitest';
import { jsonSerde, type Serde, type StoreDefinition } from '../../../src/streams/index.ts';
import { changelogTopic, restoreStore } from '../../../src/streams/runtime/restore.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import { FakeCluster } from '../fakes.ts';
import { recordingLogger } from '../harness.ts';

const changelog = { topic: changelogTopic('app', 'points', 'accounts'), partition: 3 };
const accounts: StoreDefinition = { name: 'accounts', valueSerde: jsonSerde() };

const entry = (key: string, value: unknown) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(JSON.stringify(value)),
  timestamp: 0,
  headers: {},
});

const rig = (entries: readonly ReturnType<typeof entry>[]) => {
  const cluster = new FakeCluster();
  cluster.append(changelog, entries);
  const local = new MemoryState();
  const logger = recordingLogger();
  const progress: [number, number][] = [];
  const stopping = new AbortController();
  const restore = (store = accounts) =>
    restoreStore({
      admin: cluster.admin(),
      ...{ local, store, changelog, logger },
      signal: stopping.signal,
      onProgress: (position, end) => progress.push([position, end]),
    });
  const textsOf = async (...keys: string[]) =>
    (await local.getMany('accounts', keys)).map((value) => value?.toString());
  return { cluster, local, logger, progress, restore, stopping, textsOf };
};

describe('restoring a store', () => {
  it('has a changelog with the name Kafka Streams gives it', () => {
    expect(changelog.topic).toBe('app-points-accounts-changelog');
  });

  it('takes in the last word of each key, deletions too', async () => {
    const { restore, textsOf } = rig([entry('a', 1), entry('b', 1), entry('a', 2), entry('b', null), entry('c', 3)]);
    expect(await restore()).toBe(5);
    expect(await textsOf('a', 'b', 'c')).toEqual(['2', undefined, '3']);
  });

  it('tells how far it is, and writes the checkpoint with each stretch', async () => {
    const { restore, progress, local, logger } = rig([entry('a', 1), entry('b', 2), entry('c', 3)]);
    await restore();
    expect(progress).toEqual([
      [2, 3],
      [3, 3],
    ]);
    expect(await local.checkpoints()).toEqual(new Map([[changelog.topic, 3]]));
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'Restoring a state store from its changelog',
      'The state store is restored',
    ]);
  });

  it('reads only what is behind the checkpoint, and nothing at all when it is at the end', async () => {
    const { restore, cluster, local, textsOf } = rig([entry('a', 1), entry('b', 2), entry('c', 3)]);
    await local.apply([], new Map([[changelog.topic, 2]]), 0);
    expect(await restore()).toBe(1);
    expect(await textsOf('a', 'c')).toEqual([undefined, '3']);
    expect(await restore()).toBe(0);
    expect(cluster.calls).toEqual(['read app-points-accounts-changelog-3 2-3']);
  });

  it('begins with what the changelog still holds', async () => {
    const { restore, cluster } = rig([]);
    cluster.log(changelog).low = 40;
    cluster.append(changelog, [entry('a', 1)]);
    expect(await restore()).toBe(1);
    expect(cluster.calls).toEqual(['read app-points-accounts-changelog-3 40-41']);
  });

  it('wants a new store where the local one is ahead of its changelog', async () => {
    const { restore, local } = rig([entry('a', 1)]);
    await local.apply([], new Map([[changelog.topic, 9]]), 0);
    expect(await restore()).toBe(undefined);
  });

  it('keeps the expiry of what it takes in, and asks for the schema it was written with', async () => {
    const prepared: string[] = [];
    const valueSerde: Serde<number> = {
      ...jsonSerde<number>(),
      prepare: (payloads) => {
        prepared.push(...payloads.map(String));
        return Promise.resolve();
      },
    };
    const expiry = { expiresAt: (value: number) => value, retentionMs: 1 };
    const { restore, local, textsOf } = rig([entry('a', 1_000), entry('b', 2_000), entry('c', null)]);
    await restore({ name: 'accounts', valueSerde, expiry });
    expect(prepared).toEqual(['1000', '2000', 'null']);
    await local.apply([], new Map(), 1_500);
    expect(await textsOf('a', 'b')).toEqual([undefined, '2000']);
  });

  it('ends when the task closes, and goes on from there', async () => {
    const { restore, cluster, stopping, progress } = rig([entry('a', 1), entry('b', 2), entry('c', 3)]);
    cluster.onRead = () => {
      stopping.abort(new Error('closing'));
    };
    await expect(restore()).rejects.toThrow('closing');
    expect(progress).toEqual([]);
  });
});
