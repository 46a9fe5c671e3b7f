import { describe, expect, test } from 'vitest';
import { generateOrders } from './order-generator.ts';

const options = { seed: 11, orders: 200, customers: 20, merchants: 4, repeatEvery: 10, startMs: 1_767_225_600_000 };

describe('the order generator', () => {
  test('makes the same run from the same seed, and another from another', () => {
    expect(generateOrders(options)).toEqual(generateOrders(options));
    expect(generateOrders({ ...options, seed: 12 }).expected).not.toEqual(generateOrders(options).expected);
  });

  test('delivers every tenth order twice, with another webhook id and the same body', () => {
    const { deliveries } = generateOrders(options);
    const repeats = deliveries.filter(({ isRepeat }) => isRepeat);
    expect(deliveries).toHaveLength(220);
    expect(repeats).toHaveLength(20);
    expect(new Set(deliveries.map(({ webhookId }) => webhookId)).size).toBe(220);
    for (const repeat of repeats) {
      const first = deliveries.find(({ expected, isRepeat }) => !isRepeat && expected === repeat.expected);
      expect(first?.body).toBe(repeat.body);
      expect(deliveries.indexOf(first!)).toBeLessThan(deliveries.indexOf(repeat));
    }
  });

  test('expects each order once and every customer at least once, though shops share Shopify’s ids', () => {
    const { expected, deliveries } = generateOrders(options);
    expect(new Set(expected.map(({ eventId }) => eventId)).size).toBe(200);
    expect(new Set(expected.map(({ customerId }) => customerId)).size).toBe(20);
    const ids = new Set(deliveries.map(({ body }) => /^{"id":(\d+)/.exec(body)?.[1]));
    expect(ids.size).toBeLessThan(200);
  });

  test('keeps ids of 19 digits exact in the body', () => {
    expect(generateOrders(options).deliveries[0]?.body).toContain('{"id":6100000000000000001,');
  });
});
