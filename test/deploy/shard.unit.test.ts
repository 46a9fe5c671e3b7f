import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { collections } from '../../src/adapters/mongo/index.ts';

const file = path.resolve(import.meta.dirname, '../../deploy/mongo/shard.js');

/** Runs the script as mongosh would, and records what it asks of the cluster. */
const shard = (env: Readonly<Record<string, string>> = {}) => {
  const enabled: string[] = [];
  const sharded: (readonly [namespace: string, key: object, ...options: unknown[]])[] = [];
  const sh = {
    enableSharding: (database: string) => void enabled.push(database),
    shardCollection: (namespace: string, key: object, ...options: unknown[]) =>
      // Objects of another context are of other classes: compared as what they hold.
      void sharded.push([namespace, { ...key }, ...options]),
  };
  runInNewContext(readFileSync(file, 'utf8'), { sh, process: { env } });
  return { enabled, sharded };
};

describe('the script that shards MongoDB', () => {
  test('shards the ledger and the redemptions by merchant', () => {
    expect(shard()).toEqual({
      enabled: ['points'],
      sharded: [
        ['points.points_transactions', { merchant_id: 1 }],
        ['points.reward_redemptions', { merchant_id: 1 }],
      ],
    });
  });

  test('uses the database of the settings', () => {
    const { enabled, sharded } = shard({ POINTS_DB_NAME: 'loyalty' });
    expect([enabled, sharded.map(([namespace]) => namespace)]).toEqual([
      ['loyalty'],
      ['loyalty.points_transactions', 'loyalty.reward_redemptions'],
    ]);
  });

  test.each(shard().sharded.map(([namespace, key]) => [namespace, key] as const))(
    '%s is declared with that key, and has what a sharded collection needs',
    (namespace, key) => {
      const declared = collections.find(({ name }) => `points.${name}` === namespace);
      expect(declared?.shardKey).toEqual(Object.keys(key));
      // The balancer finds a chunk by a whole index that begins with the key.
      const whole = declared?.indexes.filter(
        ({ sparse, partialFilterExpression }) => !sparse && !partialFilterExpression,
      );
      expect(whole?.some((index) => Object.keys(index.key)[0] === 'merchant_id')).toBe(true);
      const unique = declared?.indexes.filter((index) => index.unique === true) ?? [];
      expect(unique.map((index) => Object.keys(index.key)[0])).toEqual(unique.map(() => 'merchant_id'));
    },
  );
});
