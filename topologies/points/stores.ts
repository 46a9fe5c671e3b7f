import type { AccountState, OrderState, RedemptionState, RewardState, SeenEvent } from '../../src/contracts/index.ts';
import {
  type Deferral,
  deferralStore,
  type Serde,
  type StoreDefinition,
  stringSerde,
} from '../../src/streams/index.ts';

/** How long an event is remembered in the store; older ones are looked up in the ledger. */
export const dedupeWindowMs = 24 * 60 * 60 * 1_000;

/** Accounts by `merchant_id:customer_id`. */
export const accountsStore = (valueSerde: Serde<AccountState>): StoreDefinition<AccountState> => ({
  name: 'accounts',
  valueSerde,
});

/** What orders gave and what was taken back, or waits for them, by `merchant_id:order_id`; for ever. */
export const ordersStore = (valueSerde: Serde<OrderState>): StoreDefinition<OrderState> => ({
  name: 'orders',
  valueSerde,
});

/** Redemptions by `merchant_id:idempotency_token`; for ever. */
export const redemptionsStore = (valueSerde: Serde<RedemptionState>): StoreDefinition<RedemptionState> => ({
  name: 'redemptions',
  valueSerde,
});

/** The redemption that has used up a reward, by `merchant_id:reward_id`; none once it has failed. */
export const rewardsStore = (valueSerde: Serde<RewardState>): StoreDefinition<RewardState> => ({
  name: 'rewards',
  valueSerde,
});

/** When pending redemptions fail unless they are settled, in that order: see `deadlineKey`. */
export const deadlinesStore = (): StoreDefinition<string> => ({
  name: 'redemption-deadlines',
  valueSerde: stringSerde,
});

/** Applied events by `merchant_id:event_id`. */
export const seenEventsStore = (valueSerde: Serde<SeenEvent>): StoreDefinition<SeenEvent> => ({
  name: 'seen-events',
  valueSerde,
  expiry: {
    expiresAt: (seen) => seen.expires_at,
    retentionMs: dedupeWindowMs,
  },
});

/** Commands over their merchant's rate limit, first in, first out; kept as the bytes they were read as. */
export const deferredCommandsStore = (): StoreDefinition<Deferral> => deferralStore('deferred-commands');
