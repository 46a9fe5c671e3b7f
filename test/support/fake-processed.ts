import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { ProcessedLookup } from '../../src/ingress/ports.ts';
import type { ProcessedMarks } from '../../src/sinks/ports.ts';

/** Marks and their lookup in memory; it passes the same behaviour suite as the pair in Redis. */
export interface FakeProcessed extends ProcessedMarks, ProcessedLookup {
  isAway: boolean;
}

export const createFakeProcessed = (): FakeProcessed => {
  const marks = new Map<string, string>();
  return {
    isAway: false,
    async mark(entries) {
      if (this.isAway) throw new DependencyUnavailableError('Marks');
      for (const { merchant_id, event_id, delivery_id } of entries) {
        marks.set(`${merchant_id}:${event_id}`, event_id);
        if (delivery_id !== null) marks.set(`${merchant_id}:${delivery_id}`, event_id);
      }
    },
    async isProcessed(merchantId, eventId, deliveryId) {
      if (this.isAway) return false;
      return [eventId, deliveryId].some((id) => marks.get(`${merchantId}:${id}`) === eventId);
    },
  };
};
