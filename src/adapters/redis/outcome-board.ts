import { type Outcome, outcomeKey } from '../../contracts/index.ts';
import type { OutcomeBoard } from '../../sinks/ports.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';
import { loadScript, runScript } from './script.ts';

const tellOutcome = loadScript(new URL('./tell-outcome.lua', import.meta.url));

const timeToLiveSeconds = 24 * 60 * 60;

/** More at once would be a command that takes long, and those are given up. */
const perRoundTrip = 1_000;

/**
 * Outcomes in Redis, kept under `outcome:{merchant_id}:{event_id}` for a day and published on the channel of that name.
 * Who waits subscribes first and reads the key then: so nothing is told in between.
 *
 * A Redis that is full refuses to write but goes on answering with what it holds. So where an outcome is refused the older
 * one is removed (which it never refuses), and callers turn to MongoDB.
 */
export const createOutcomeBoard = (connection: RedisConnection): OutcomeBoard => {
  const tell = async (outcomes: readonly Outcome[]): Promise<void> => {
    const calls = outcomes.map((outcome) => ({
      key: outcomeKey(outcome.merchant_id, outcome.event_id),
      args: [JSON.stringify(outcome), timeToLiveSeconds],
    }));
    const replies = await runScript(connection, tellOutcome, calls);
    const refused = calls.filter((_, index) => replies[index]?.error?.message.includes('OOM'));
    if (refused.length > 0) {
      await sendPipeline(connection, (pipeline) => {
        for (const { key } of refused) pipeline.unlink(key);
      });
    }
    assertAllDone(connection, replies);
  };

  return {
    async tell(outcomes) {
      for (let from = 0; from < outcomes.length; from += perRoundTrip) {
        await tell(outcomes.slice(from, from + perRoundTrip));
      }
    },
  };
};
