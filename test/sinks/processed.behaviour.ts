import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ProcessedLookup } from '../../src/ingress/ports.ts';
import type { ProcessedMarks } from '../../src/sinks/ports.ts';

/** What marks and their lookup do together, whatever they are made of. */
export const processedBehaviour = (name: string, processed: () => ProcessedMarks & ProcessedLookup): void => {
  const delivery = () => ({ merchant_id: randomUUID(), event_id: randomUUID(), delivery_id: randomUUID() });

  describe(`marks of processed events (${name})`, () => {
    test('tell nothing of an event that was not marked', async () => {
      expect(await processed().isProcessed(randomUUID(), randomUUID(), randomUUID())).toBe(false);
    });

    test('know an event by its id, whatever delivery brings it', async () => {
      const { merchant_id, event_id, delivery_id } = delivery();
      await processed().mark([{ merchant_id, event_id, delivery_id }]);
      expect(await processed().isProcessed(merchant_id, event_id, delivery_id)).toBe(true);
      expect(await processed().isProcessed(merchant_id, event_id, randomUUID())).toBe(true);
      expect(await processed().isProcessed(merchant_id, event_id, null)).toBe(true);
    });

    test('do not take a known delivery for proof of another event', async () => {
      const { merchant_id, event_id, delivery_id } = delivery();
      await processed().mark([{ merchant_id, event_id, delivery_id }]);
      expect(await processed().isProcessed(merchant_id, randomUUID(), delivery_id)).toBe(false);
    });

    test('keep merchants apart', async () => {
      const { merchant_id, event_id, delivery_id } = delivery();
      await processed().mark([{ merchant_id, event_id, delivery_id }]);
      expect(await processed().isProcessed(randomUUID(), event_id, delivery_id)).toBe(false);
    });

    test('are set for an event that no delivery brought', async () => {
      const { merchant_id, event_id } = delivery();
      await processed().mark([{ merchant_id, event_id, delivery_id: null }]);
      expect(await processed().isProcessed(merchant_id, event_id, null)).toBe(true);
    });

    test('are set for none and for thousands, again and again', async () => {
      await processed().mark([]);
      const many = Array.from({ length: 1_500 }, delivery);
      await processed().mark(many);
      await processed().mark(many);
      const { merchant_id, event_id } = many[1_499]!;
      expect(await processed().isProcessed(merchant_id, event_id, null)).toBe(true);
    });
  });
};
