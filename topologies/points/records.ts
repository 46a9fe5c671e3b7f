import type { ConsumedRecord } from '../../src/streams/index.ts';

export const eventKey = (event: { readonly merchant_id: string; readonly event_id: string }): string =>
  `${event.merchant_id}:${event.event_id}`;

export const accountKey = (owner: { readonly merchant_id: string; readonly customer_id: string }): string =>
  `${owner.merchant_id}:${owner.customer_id}`;

/** Which record it was, as a mark of the dedupe store keeps it. */
export const sourceName = ({
  topic,
  partition,
  offset,
}: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset'>): string => `${topic}/${String(partition)}/${String(offset)}`;
