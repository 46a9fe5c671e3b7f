import type { AuditEntry } from '../../src/contracts/index.ts';
import {
  type Command,
  decide,
  type MerchantSettings,
  type Redemption,
  redemptionReturnEventId,
  usualTerms,
} from '../../src/domain/index.ts';
import type { NewRecord } from '../../src/streams/index.ts';
import { AuditRecords, type AuditTerms } from './audit-records.ts';
import type { Books } from './books.ts';
import type { PointsParts } from './ports.ts';

/** One micro-batch at most: after a long stop many are due at once. */
const atOnce = 500;

const timedOut = (merchantId: string, redemption: Redemption): Command => ({
  kind: 'RedemptionTimedOut',
  eventId: redemptionReturnEventId(merchantId, redemption.idempotencyToken),
  customerId: redemption.customerId,
  // When its time was up, not when that was noticed: deciding it again says the same.
  occurredAt: redemption.expiresAt,
  locale: redemption.locale,
  correlationId: redemption.correlationId,
  idempotencyToken: redemption.idempotencyToken,
});

/** Fails the redemptions that nobody has answered in time, and gives their points back. */
export async function failOverdue(
  books: Books,
  { merchants, messages }: Pick<PointsParts, 'merchants' | 'messages'>,
  now: number,
): Promise<readonly NewRecord<string, AuditEntry>[]> {
  const due = await books.due(now, atOnce);
  if (due.length === 0) return [];
  const ids = [...new Set(due.map(({ merchantId }) => merchantId))];
  const terms = new Map(await Promise.all(ids.map(async (id) => [id, await termsOf(merchants, id)] as const)));
  return due.flatMap(({ merchantId, redemption }) => {
    const merchant = terms.get(merchantId);
    if (merchant === undefined) return [];
    const command = timedOut(merchantId, redemption);
    const opened = books.open(merchantId, command, now);
    const decision = decide(opened.state, command, merchant);
    const audits = new AuditRecords(merchant, messages, null).of(decision, books.keep(opened, command, decision));
    const headers = { correlation_id: redemption.correlationId };
    return audits.map((value) => ({ key: merchantId, value, timestamp: now, headers }));
  });
}

type Terms = AuditTerms &
  Pick<MerchantSettings, 'currency' | 'earningRule' | 'tierBonuses' | 'overdraft'> & {
    readonly redemptionTimeoutMs: number;
  };

/** Points go back at a merchant that is gone as well; nothing that it had settled matters to that. */
async function termsOf(merchants: PointsParts['merchants'], merchantId: string): Promise<Terms> {
  const known = await merchants.byId(merchantId);
  const gone = { ...usualTerms, merchantId, currency: '', earningRule: { points: 1, perMinorUnits: 1 } };
  return { ...(known ?? gone), redemptionTimeoutMs: 0 };
}
