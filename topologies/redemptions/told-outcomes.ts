import { type AuditEntry, type Outcome, outcomeOf } from '../../src/contracts/index.ts';

/** What a caller can wait for besides redemptions: items of a till, of which a sale may be an order's. */
const tillEvents: readonly string[] = ['pos.transaction', 'order.created'];

/** A spend that was refused has an entry of 0 points, so that its token is known for ever; its refusal is what is told. */
const movesNothing = ({ type, points, reason }: AuditEntry): boolean =>
  reason !== null || (type === 'spend' && points === 0);

/** What an audit record tells its caller: one outcome, or none where nobody can be waiting. */
export const toldOutcomes = (audit: AuditEntry): readonly Outcome[] => {
  const { kind, event_type, idempotency_token } = audit;
  switch (kind) {
    case 'action':
      return [];
    case 'redemption':
    case 'refusal':
      return [outcomeOf({ ...audit, kind })];
    case 'ledger': {
      const isAwaited = idempotency_token !== null && tillEvents.includes(event_type) && !movesNothing(audit);
      return isAwaited ? [outcomeOf({ ...audit, kind })] : [];
    }
  }
};
