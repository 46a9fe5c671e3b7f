import { outcomeKey } from '../../contracts/index.ts';
import type { OutcomeStore } from '../../requests/ports.ts';
import { type RedisConnection, redisFailure } from './client.ts';
import { parseOutcome } from './outcome-text.ts';

/** Outcomes of the last day, which whoever decides keeps in Redis: `outcome:{merchant_id}:{event_id}`. */
export const createKeptOutcomes = (connection: RedisConnection): OutcomeStore => ({
  async find({ merchantId, eventId }) {
    try {
      const text = await connection.client.get(outcomeKey(merchantId, eventId));
      return text === null ? undefined : parseOutcome(text, merchantId, eventId);
    } catch (error) {
      throw redisFailure(connection, error);
    }
  },
});
