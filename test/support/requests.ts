import { randomUUID } from 'node:crypto';
import type { IngestCommand, Outcome } from '../../src/contracts/index.ts';
import { tokenEventId } from '../../src/domain/index.ts';

export const merchantId = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11';
export const customerId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const otherCustomerId = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
export const rewardId = '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b';

type Redemption = NonNullable<IngestCommand['command']['points.RedemptionRequested']>;
type Till = NonNullable<IngestCommand['command']['points.PosTransaction']>;
type Envelope = Partial<Omit<IngestCommand, 'command'>>;

const envelope = (event_id: string, changes: Envelope): Omit<IngestCommand, 'command'> => ({
  event_id,
  merchant_id: merchantId,
  customer_id: customerId,
  correlation_id: 'correlation-1',
  schema_version: '1.0.0',
  occurred_at: Date.UTC(2026, 0, 31, 12, 30),
  locale: 'en',
  delivery_id: null,
  ...changes,
});

/** A redemption of 100 points; its token, and with it its event, is new in every call. */
export const redemptionOf = (changes: Partial<Redemption> = {}, outside: Envelope = {}): IngestCommand => {
  const token = changes.idempotency_token ?? randomUUID();
  return {
    ...envelope(tokenEventId(merchantId, token), outside),
    command: {
      'points.RedemptionRequested': { reward_id: rewardId, points: 100, ...changes, idempotency_token: token },
    },
  };
};

/** A till's spend of 100 points, likewise. */
export const tillOf = (changes: Partial<Till> = {}, outside: Envelope = {}): IngestCommand => {
  const token = changes.idempotency_token ?? randomUUID();
  const plain = { type: 'spend', points: 100, order_id: null, amount_minor: null, currency: null } as const;
  return {
    ...envelope(tokenEventId(merchantId, token), outside),
    command: { 'points.PosTransaction': { ...plain, ...changes, idempotency_token: token } },
  };
};

/** What is decided on a command unless a test says otherwise: all of it is accepted. */
export const outcomeFor = (command: IngestCommand, changes: Partial<Outcome> = {}): Outcome => {
  const { event_id, merchant_id, customer_id, correlation_id } = command;
  const redemption = command.command['points.RedemptionRequested'];
  const till = command.command['points.PosTransaction'];
  return {
    ...{ event_id, merchant_id, customer_id, correlation_id },
    kind: redemption === undefined ? 'ledger' : 'redemption',
    type: till?.type ?? 'spend',
    points: redemption?.points ?? till?.points ?? 0,
    status: redemption === undefined ? null : 'pending',
    reason: null,
    reward_id: redemption?.reward_id ?? null,
    task_id: null,
    balance_after: 900,
    ...changes,
  };
};
