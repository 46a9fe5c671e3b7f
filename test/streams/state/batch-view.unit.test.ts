import { describe, expect, it, vi } from 'vitest';
import { jsonSerde, type Serde, StateStoreError, StoreKeyNotLoadedError } from '../../../src/streams/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { BatchView } from '../../../src/streams/state/batch-view.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';

const accounts = { name: 'accounts', valueSerde: jsonSerde<number>() };

const viewOver = async (entries: Readonly<Record<string, number>>) => {
  const asked: string[][] = [];
  const local = new (class extends MemoryState {
    override getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
      asked.push([...keys]);
      return super.getMany(store, keys);
    }
  })();
  const changes = Object.entries(entries).map(([key, value]) => ({
    store: 'accounts',
    key,
    value: Buffer.from(String(value)),
    expiresAt: null,
  }));
  await local.apply(changes, new Map(), 0);
  return { view: new BatchView(accounts, local), local, asked };
};

describe('a store during a batch', () => {
  it('reads what was loaded, in one look-up for all keys, each asked for once', async () => {
    const { view, asked } = await viewOver({ a: 1, b: 2 });
    await view.load(['a', 'b', 'a', 'c']);
    await view.load(['b', 'c']);
    expect([view.get('a'), view.get('b'), view.get('c')]).toEqual([1, 2, undefined]);
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('whose values cannot be read for now is neither at fault nor forgotten: the same load succeeds later', async () => {
    const { local } = await viewOver({ a: 1 });
    const world = { isAway: true };
    const valueSerde: Serde<number> = {
      ...accounts.valueSerde,
      prepare: () =>
        world.isAway ? Promise.reject(new DependencyUnavailableError('The schema registry')) : Promise.resolve(),
    };
    const view = new BatchView({ ...accounts, valueSerde }, local);
    await expect(view.load(['a'])).rejects.toMatchObject({
      ...{ code: 'STATE_STORE_FAILED', retryable: true },
      message: 'Store accounts cannot be read yet: The schema registry is not available',
    });
    world.isAway = false;
    await view.load(['a']);
    expect(view.get('a')).toBe(1);
  });

  it('looks up at once what was not loaded, and does so once', async () => {
    const { view, local } = await viewOver({ a: 1 });
    const looked = vi.spyOn(local, 'getSync');
    expect([view.get('a'), view.get('a'), view.get('b'), view.get('b')]).toEqual([1, 1, undefined, undefined]);
    expect(looked).toHaveBeenCalledTimes(2);
  });

  it('cannot read at once what was written with a schema it must fetch, and loads it when it is told to', async () => {
    const known = { isKnown: false };
    const newer: Serde<number> = {
      ...jsonSerde<number>(),
      prepare: () => {
        known.isKnown = true;
        return Promise.resolve();
      },
      deserialize: (bytes) => {
        if (!known.isKnown) throw new Error('The schema is not known');
        return jsonSerde<number>().deserialize(bytes);
      },
    };
    const local = new MemoryState();
    await local.apply([{ store: 's', key: 'a', value: Buffer.from('1'), expiresAt: null }], new Map(), 0);
    const view = new BatchView({ name: 's', valueSerde: newer }, local);
    expect(() => view.get('a')).toThrow(StoreKeyNotLoadedError);
    expect(await view.loadMissing()).toBe(true);
    expect(view.get('a')).toBe(1);
    expect(await view.loadMissing()).toBe(false);
  });

  it('reads what the batch has written or deleted, loaded or not', async () => {
    const { view } = await viewOver({ a: 1, b: 2 });
    await view.load(['a', 'b']);
    view.put('a', 10);
    view.put('new', 30);
    view.delete('b');
    expect([view.get('a'), view.get('new'), view.get('b')]).toEqual([10, 30, undefined]);
    await view.load(['a', 'new', 'b']);
    expect([view.get('a'), view.get('new'), view.get('b')]).toEqual([10, 30, undefined]);
  });

  it('gives each key once, with its last word', async () => {
    const { view } = await viewOver({ b: 2 });
    view.put('a', 1);
    view.put('a', 2);
    view.delete('b');
    expect(view.changes()).toEqual([
      { store: 'accounts', key: 'a', value: Buffer.from('2'), expiresAt: null },
      { store: 'accounts', key: 'b', value: null, expiresAt: null },
    ]);
  });

  it('asks the value when it may be forgotten', () => {
    const expiry = { expiresAt: (value: number) => value + 1_000, retentionMs: 1_000 };
    const view = new BatchView({ ...accounts, expiry }, new MemoryState());
    view.put('a', 5);
    view.delete('b');
    expect(view.changes().map(({ expiresAt }) => expiresAt)).toEqual([1_005, null]);
  });

  it('forgets its changes but not what was loaded when the batch is run again', async () => {
    const { view, asked } = await viewOver({ a: 1 });
    await view.load(['a']);
    view.put('a', 10);
    view.rollback();
    await view.load(['a']);
    expect(view.get('a')).toBe(1);
    expect(view.changes()).toEqual([]);
    expect(asked).toHaveLength(1);
    view.clear();
    await view.load(['a']);
    expect(asked).toHaveLength(2);
  });

  it('has its serde ask for the schemas of what it finds: values may be of an older one', async () => {
    const known = new Set<string>();
    const valueSerde: Serde<number> = {
      ...jsonSerde<number>(),
      prepare: (payloads) => {
        for (const payload of payloads) if (payload !== null) known.add(payload.toString());
        return Promise.resolve();
      },
      deserialize: (bytes) => {
        if (!known.has(bytes.toString())) throw new Error('The schema of the value is not known');
        return Number(bytes.toString());
      },
    };
    const local = new MemoryState();
    await local.apply([{ store: 'accounts', key: 'a', value: Buffer.from('7'), expiresAt: null }], new Map(), 0);
    const view = new BatchView({ name: 'accounts', valueSerde }, local);
    await view.load(['a', 'missing']);
    expect(view.get('a')).toBe(7);
  });

  it('gives a range with what the batch has written, and counts it as loaded', async () => {
    const { view, asked } = await viewOver({ a: 1, b: 2, c: 3, d: 4 });
    view.put('b', 20);
    view.delete('c');
    view.put('e', 50);
    expect(await view.range({})).toEqual([
      ['a', 1],
      ['b', 20],
      ['d', 4],
      ['e', 50],
    ]);
    expect(view.get('a')).toBe(1);
    await view.load(['a', 'd']);
    expect(asked).toEqual([]);
    expect(await view.range({ from: 'b', limit: 2 })).toEqual([
      ['b', 20],
      ['d', 4],
    ]);
    expect(await view.range({ to: 'e', limit: 2, reverse: true })).toEqual([
      ['d', 4],
      ['b', 20],
    ]);
  });

  it('does not read the value of an entry it does not give', async () => {
    const local = new MemoryState();
    const entries = { a: '1', b: '{', c: '3' };
    await local.apply(
      Object.entries(entries).map(([key, text]) => ({
        store: 'accounts',
        key,
        value: Buffer.from(text),
        expiresAt: null,
      })),
      new Map(),
      0,
    );
    const other = new BatchView(accounts, local);
    other.put('b', 2);
    expect(await other.range({ limit: 1 })).toEqual([['a', 1]]);
    expect(await other.range({})).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('has its serde ask for the schemas of a range as well', async () => {
    const prepared: string[] = [];
    const valueSerde: Serde<number> = {
      ...jsonSerde<number>(),
      prepare: (payloads) => {
        prepared.push(...payloads.map(String));
        return Promise.resolve();
      },
    };
    const local = new MemoryState();
    await local.apply([{ store: 'accounts', key: 'a', value: Buffer.from('7'), expiresAt: null }], new Map(), 0);
    await new BatchView({ name: 'accounts', valueSerde }, local).range({});
    expect(prepared).toEqual(['7']);
  });

  it('tells a store that cannot be read from a value that cannot', async () => {
    const broken = new (class extends MemoryState {
      override getMany(): Promise<(Buffer | undefined)[]> {
        return Promise.reject(new Error('IO error'));
      }
    })();
    await expect(new BatchView(accounts, broken).load(['a'])).rejects.toThrow(StateStoreError);
    const local = new MemoryState();
    await local.apply([{ store: 'accounts', key: 'a', value: Buffer.from('{'), expiresAt: null }], new Map(), 0);
    await expect(new BatchView(accounts, local).load(['a'])).rejects.toThrow(SyntaxError);
  });
});
