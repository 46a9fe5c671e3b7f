import { type Document, type UUID } from 'mongodb';
import type { Taken } from './attack-bodies.ts';

type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** Whole dollars of an order, read by a parser that is not the service's; NaN where it is no order. */
const dollarsOf = (body: Buffer): number => {
  const order = asObject(JSON.parse(body.toString().replace(/^\ufeff/, '')));
  const money = asObject(asObject(order['subtotal_price_set'])['shop_money']);
  return Math.floor(Number(money['amount'] ?? order['subtotal_price']));
};

/** What the ledger holds of a hostile shop and nobody was told of, or other points than the order is worth. */
export const judgeLedger = (entries: readonly Document[], taken: readonly Taken[]): readonly string[] => {
  const byEvent = new Map<string, Taken[]>();
  for (const one of taken) byEvent.set(one.eventId, [...(byEvent.get(one.eventId) ?? []), one]);
  return entries.flatMap((entry) => {
    const eventId = String(entry['event_id'] as UUID);
    const claims = byEvent.get(eventId) ?? [];
    if (claims.length === 0) return [`${eventId}: in the ledger, and never taken`];
    if (entry['event_type'] !== 'points.earned' && entry['type'] !== 'earn') return [];
    const worth = claims.map(({ body }) => dollarsOf(body));
    const points = entry['points'] as number;
    return worth.includes(points)
      ? []
      : [`${eventId}: ${String(points)} points of an order of USD ${worth.join(' or ')}`];
  });
};
