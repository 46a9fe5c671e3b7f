import { randomUUID } from 'node:crypto';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import type { QueuedCommand } from '../../../src/ingress/ports.ts';

/** An order of a merchant as a command. */
export const orderCommand = (merchantId: string, changes: Partial<IngestCommand> = {}): IngestCommand => ({
  event_id: randomUUID(),
  merchant_id: merchantId,
  customer_id: randomUUID(),
  correlation_id: `correlation-${randomUUID()}`,
  schema_version: '1.0.0',
  occurred_at: 0,
  locale: 'en',
  delivery_id: null,
  command: {
    'points.OrderCreated': {
      ...{ order_id: '1', amount_minor: 2_500, currency: 'USD', financial_status: null, source_name: null },
    },
  },
  ...changes,
});

/** A command that waits, as whoever puts it says it. */
export const queuedCommand = (changes: Partial<QueuedCommand> = {}): QueuedCommand => ({
  event_id: randomUUID(),
  merchant_id: randomUUID(),
  customer_id: randomUUID(),
  correlation_id: 'correlation-1',
  schema_version: '1.0.0',
  locale: 'en',
  value: Buffer.from([0, 0, 0, 0, 1, 42]),
  points: 25,
  type: 'earn',
  ...changes,
});
