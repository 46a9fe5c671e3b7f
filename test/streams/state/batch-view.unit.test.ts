import { describe, expect, it } from 'vitest';
import { jsonSerde, type Serde, StateStoreError, StoreKeyNotLoadedError } from '../../../src/streams/index.ts';
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
  return { view: new BatchView(accounts, local), asked };
};

describe('a store during a batch', () => {
  it('reads what was loaded, in one look-up for all keys, each asked for once', async () => {
    const { view, asked } = await viewOver({ a: 1, b: 2 });
    await view.load(['a', 'b', 'a', 'c']);
    await view.load(['b', 'c']);
    expect([view.get('a'), view.get('b'), view.get('c')]).toEqual([1, 2, undefined]);
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('refuses a key that was not loaded', async () => {
    const { view } = await viewOver({ a: 1 });
    expect(() => view.get('a')).toThrow(StoreKeyNotLoadedError);
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
    expect(() => view.get('a')).toThrow(StoreKeyNotLoadedError);
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
