import { isRetryable, PointsError } from '../../common/errors.ts';
import type { IngestCommand } from '../../contracts/index.ts';
import { type MerchantSettings, pointsFor } from '../../domain/index.ts';
import type { KnownAmount, QueuedCommand } from '../ports.ts';

export type PointsEstimate = Pick<QueuedCommand, 'points' | 'type'>;

type Terms = Pick<MerchantSettings, 'earningRule' | 'tierBonuses'>;

const estimateOf = ({ command }: IngestCommand, terms: Terms, known: KnownAmount): number => {
  const byRule = (amountMinor: number | null = 0): number => pointsFor(amountMinor ?? 0, terms.earningRule);
  const order = command['points.OrderCreated'];
  if (order !== undefined) return byRule(order.amount_minor);
  if (command['points.OrderCancelled'] !== undefined) return -byRule(known.amountMinor);
  const refund = command['points.OrderRefunded'];
  if (refund !== undefined) return -byRule(refund.amount_minor);
  const item = command['points.PosTransaction'];
  if (item !== undefined) {
    const asked = item.points === 0 ? byRule(item.amount_minor) : item.points;
    return item.type === 'earn' ? asked : -asked;
  }
  const redemption = command['points.RedemptionRequested'];
  if (redemption !== undefined) return -redemption.points;
  const tier = command['points.TierAssigned'];
  return tier === undefined ? 0 : (terms.tierBonuses.get(tier.tier_id) ?? 0);
};

/**
 * About what a command will do to the balance, by the merchant's terms of now: what is earned is above 0, what is spent or
 * taken back below it. Undefined where nothing can be said: no point comes of it, or what it takes back is not known here.
 */
export const estimatePoints = (
  command: IngestCommand,
  terms: Terms,
  known: KnownAmount = {},
): PointsEstimate | undefined => {
  try {
    const points = estimateOf(command, terms, known);
    return points === 0 ? undefined : { points, type: points > 0 ? 'earn' : 'spend' };
  } catch (thrown) {
    // An amount that no rule takes; it is for the decision to refuse it.
    if (thrown instanceof PointsError && !isRetryable(thrown)) return undefined;
    throw thrown;
  }
};
