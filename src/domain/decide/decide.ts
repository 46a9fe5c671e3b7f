import { place } from './account.ts';
import type { Command, TierAssigned } from './commands.ts';
import { decideOrderCancelled, decideOrderCreated, decideOrderRefunded } from './decide-order.ts';
import { decideRedemptionRequested, decideRedemptionSettled, decideRedemptionTimedOut } from './decide-redemption.ts';
import { decidePosTransaction } from './decide-till.ts';
import type { Decision, DecisionSettings, DecisionState } from './decision.ts';
import { RejectedCommandError } from '../errors.ts';

/**
 * What a command means for an account and what belongs to it: entries in order, which `evolve` applies, and the order
 * and the redemption as they are from then on. Pure: whether the event was seen before is known, and asked, elsewhere;
 * what an order or a redemption has been through makes it once all the same.
 * @throws RejectedCommandError when the merchant's rules refuse it for good
 */
export const decide = (state: DecisionState, command: Command, settings: DecisionSettings): Decision => {
  switch (command.kind) {
    case 'OrderCreated':
      return decideOrderCreated(state, command, settings);
    case 'OrderCancelled':
      return decideOrderCancelled(state, command, settings);
    case 'OrderRefunded':
      return decideOrderRefunded(state, command, settings);
    case 'PosTransaction':
      return decidePosTransaction(state, command, settings);
    case 'RedemptionRequested':
      return decideRedemptionRequested(state, command, settings);
    case 'RedemptionSettled':
      return decideRedemptionSettled(state, command);
    case 'RedemptionTimedOut':
      return decideRedemptionTimedOut(state, command);
    case 'TierAssigned':
      return decideTierAssigned(state, command, settings);
  }
};

const decideTierAssigned = (state: DecisionState, tier: TierAssigned, settings: DecisionSettings): Decision => {
  const points = settings.tierBonuses.get(tier.tierId);
  if (points === undefined) {
    throw new RejectedCommandError('UNKNOWN_TIER', 'The merchant has no bonus for this tier', { tier_id: tier.tierId });
  }
  const { eventId, customerId, locale, occurredAt, correlationId } = tier;
  return {
    entries: [
      place(state.account, {
        ...{ eventId, eventType: 'vip_tier.assigned', customerId, type: 'bonus', points, rule: `tier ${tier.tierId}` },
        ...{ locale, occurredAt, correlationId, orderId: null, amountMinor: null, idempotencyToken: null },
        ...{ redemptionId: null, rewardId: null, reason: null, detail: null },
      }),
    ],
  };
};

/** Whose account a command moves, where its sender does not know or must not say. */
export const ownerOf = (
  command: Command,
  { order, redemption }: Pick<DecisionState, 'order' | 'redemption'>,
): string => {
  switch (command.kind) {
    case 'OrderCancelled':
    case 'OrderRefunded':
      return order?.earned?.customerId ?? command.customerId;
    case 'RedemptionSettled':
    case 'RedemptionTimedOut':
      return redemption?.customerId ?? command.customerId;
    case 'OrderCreated':
    case 'PosTransaction':
    case 'RedemptionRequested':
    case 'TierAssigned':
      return command.customerId;
  }
};
