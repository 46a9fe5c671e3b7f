import { outcomeKey } from '../../contracts/index.ts';
import type { HeldAnswers } from '../../sinks/ports.ts';
import { balanceKey } from './cached-balance.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';

export interface HeldAnswersOptions {
  /** Where balances are. */
  readonly cache: RedisConnection;
  /** Where outcomes are. */
  readonly state: RedisConnection;
}

/** More at once would be a command that takes long, and those are given up. */
const perRoundTrip = 1_000;

const unlink = async (connection: RedisConnection, keys: readonly string[]): Promise<void> => {
  for (let from = 0; from < keys.length; from += perRoundTrip) {
    // One key a command: keys of several slots of a cluster cannot go in one.
    const replies = await sendPipeline(connection, (pipeline) => {
      for (const key of keys.slice(from, from + perRoundTrip)) pipeline.unlink(key);
    });
    assertAllDone(connection, replies);
  }
};

/** A balance comes back when somebody asks for it; an outcome would have expired within a day. */
export const createHeldAnswers = ({ cache, state }: HeldAnswersOptions): HeldAnswers => ({
  async forget(merchantId, entries) {
    const customers = [...new Set(entries.map(({ customerId }) => customerId))];
    await unlink(
      cache,
      customers.map((customerId) => balanceKey({ merchantId, customerId })),
    );
    await unlink(
      state,
      entries.map(({ eventId }) => outcomeKey(merchantId, eventId)),
    );
  },
});
