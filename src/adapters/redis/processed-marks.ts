import { toError } from '../../common/errors.ts';
import type { ProcessedLookup } from '../../ingress/ports.ts';
import type { ProcessedMarks } from '../../sinks/ports.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';

const timeToLiveSeconds = 24 * 60 * 60;

/** More at once would be a command that takes long, and those are given up. */
const perRoundTrip = 1_000;

const markKey = (merchantId: string, id: string): string => `processed:${merchantId}:${id}`;

/** Marks under the event's id and the delivery's; both hold the event id, so a delivery vouches for one event only. */
export const createProcessedMarks = (connection: RedisConnection): ProcessedMarks => ({
  async mark(entries) {
    const marks = new Map<string, string>();
    for (const { merchant_id, event_id, delivery_id } of entries) {
      marks.set(markKey(merchant_id, event_id), event_id);
      if (delivery_id !== null) marks.set(markKey(merchant_id, delivery_id), event_id);
    }
    const all = [...marks];
    for (let from = 0; from < all.length; from += perRoundTrip) {
      const replies = await sendPipeline(connection, (pipeline) => {
        for (const [key, eventId] of all.slice(from, from + perRoundTrip)) {
          pipeline.set(key, eventId, 'EX', timeToLiveSeconds);
        }
      });
      assertAllDone(connection, replies);
    }
  },
});

export interface ProcessedLookupOptions {
  readonly connection: RedisConnection;
  /** Told when Redis does not answer; the event then counts as not processed. */
  readonly onError?: (error: Error) => void;
}

/** Looks the marks up in one round trip. */
export const createProcessedLookup = ({ connection, onError }: ProcessedLookupOptions): ProcessedLookup => ({
  async isProcessed(merchantId, eventId, deliveryId) {
    const keys = [eventId, ...(deliveryId === null ? [] : [deliveryId])].map((id) => markKey(merchantId, id));
    try {
      const replies = await sendPipeline(connection, (pipeline) => {
        for (const key of keys) pipeline.get(key);
      });
      assertAllDone(connection, replies);
      return replies.some(({ value }) => value === eventId);
    } catch (error) {
      onError?.(toError(error));
      return false;
    }
  },
});
