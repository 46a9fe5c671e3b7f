import { describe, expect, test } from 'vitest';
import {
  assertShardable,
  type CollectionDeclaration,
  collections,
  type IndexDeclaration,
  NotShardableError,
} from '../../../src/adapters/mongo/index.ts';

const sharded = (index: IndexDeclaration): CollectionDeclaration => ({
  name: 'points_transactions',
  shardKey: ['merchant_id'],
  validator: {},
  indexes: [index],
});

describe('collections that can be sharded', () => {
  test('are all that the service declares', () => {
    expect(() => assertShardable(collections)).not.toThrow();
  });

  test.each(collections.filter(({ shardKey }) => shardKey !== null))(
    'as $name have the merchant in front of every unique index',
    ({ indexes }) => {
      const unique = indexes.filter((index) => index.unique === true);
      expect(unique.length).toBeGreaterThan(0);
      for (const { key } of unique) expect(Object.keys(key)[0]).toBe('merchant_id');
    },
  );

  test('have no unique index that begins with another field than the shard key', () => {
    const wrong = sharded({ name: 'idx_event_id', key: { event_id: 1, merchant_id: 1 }, unique: true });
    expect(() => assertShardable([wrong])).toThrow(NotShardableError);
    expect(() => assertShardable([wrong])).toThrow(
      'Unique index idx_event_id of points_transactions does not begin with its shard key',
    );
  });

  test('may have any index that is not unique, and any on a collection that stays whole', () => {
    const index = { name: 'idx_event_id', key: { event_id: 1 } } as const;
    expect(() => assertShardable([sharded(index)])).not.toThrow();
    expect(() => assertShardable([{ ...sharded({ ...index, unique: true }), shardKey: null }])).not.toThrow();
  });

  test('have the whole of a compound shard key in front', () => {
    const shardKey = ['merchant_id', 'customer_id'];
    const short = sharded({ name: 'idx', key: { merchant_id: 1, sequence: 1 }, unique: true });
    const long = sharded({ name: 'idx', key: { merchant_id: 1, customer_id: 1, sequence: 1 }, unique: true });
    expect(() => assertShardable([{ ...short, shardKey }])).toThrow(NotShardableError);
    expect(() => assertShardable([{ ...long, shardKey }])).not.toThrow();
  });
});
