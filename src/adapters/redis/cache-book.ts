import type { CacheBook } from '../../audit/ports.ts';
import { balanceKey, parseBalance } from './cached-balance.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';

/** Cached balances as `points verify` reads them: a round trip for all that are asked for. */
export const createCacheBook = (connection: RedisConnection): CacheBook => ({
  async read(accounts) {
    if (accounts.length === 0) return [];
    const replies = await sendPipeline(connection, (pipeline) => {
      for (const account of accounts) pipeline.get(balanceKey(account));
    });
    assertAllDone(connection, replies);
    return replies.map(({ value }) => {
      if (value === null) return { is: 'absent' };
      const balance = typeof value === 'string' ? parseBalance(value) : undefined;
      return balance === undefined ? { is: 'unreadable' } : { is: 'held', ...balance };
    });
  },
});
