import type { Balance, BalanceCache } from '../../balances/ports.ts';
import { balanceKey, balanceText, parseBalance } from './cached-balance.ts';
import { type RedisConnection, redisFailure } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';
import { loadScript, runScript } from './script.ts';

export interface BalanceCacheOptions {
  readonly connection: RedisConnection;
  /** 3,600 by default. */
  readonly timeToLiveSeconds?: number;
}

const setIfNewer = loadScript(new URL('./set-if-newer.lua', import.meta.url));

/** More at once would be a command that takes long, and those are given up. */
const perRoundTrip = 1_000;

const newestByKey = (balances: readonly Balance[]): readonly (readonly [string, Balance])[] => {
  const newest = new Map<string, Balance>();
  for (const balance of balances) {
    const key = balanceKey(balance);
    const held = newest.get(key);
    if (held === undefined || held.sequence < balance.sequence) newest.set(key, balance);
  }
  return [...newest];
};

/**
 * Balances in Redis, `cache:{merchant_id}:{customer_id}:points` → `{"balance":120,"sequence":3}`. Each that is kept is told
 * on the channel of the same name.
 *
 * A Redis that is full refuses to write but goes on answering with what it holds. So where a newer balance is refused
 * the old one is removed (which it never refuses), and readers turn to the ledger; the failure is told all the same, and
 * the caller's repeat brings the balance in.
 */
export const createBalanceCache = ({ connection, timeToLiveSeconds = 3_600 }: BalanceCacheOptions): BalanceCache => {
  const { client } = connection;

  const put = async (balances: readonly (readonly [string, Balance])[]): Promise<void> => {
    const calls = balances.map(([key, { balance, sequence }]) => ({
      key,
      args: [sequence, balanceText({ balance, sequence }), timeToLiveSeconds],
    }));
    const replies = await runScript(connection, setIfNewer, calls);
    const refused = calls.filter((_, index) => replies[index]?.error?.message.includes('OOM'));
    if (refused.length > 0) {
      await sendPipeline(connection, (pipeline) => {
        for (const { key } of refused) pipeline.unlink(key);
      });
    }
    assertAllDone(connection, replies);
  };

  return {
    async get(merchantId, customerId) {
      try {
        const text = await client.get(balanceKey({ merchantId, customerId }));
        const value = text === null ? undefined : parseBalance(text);
        return value && { merchantId, customerId, ...value };
      } catch (error) {
        throw redisFailure(connection, error);
      }
    },
    async putIfNewer(balances) {
      const newest = newestByKey(balances);
      for (let from = 0; from < newest.length; from += perRoundTrip) await put(newest.slice(from, from + perRoundTrip));
    },
  };
};
