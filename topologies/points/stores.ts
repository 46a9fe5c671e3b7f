import type { AccountState, SeenEvent } from '../../src/contracts/index.ts';
import { type Deferral, deferralStore, type Serde, type StoreDefinition } from '../../src/streams/index.ts';

/** How long an event is remembered in the store; older ones are looked up in the ledger. */
export const dedupeWindowMs = 24 * 60 * 60 * 1_000;

/** Accounts by `merchant_id:customer_id`. */
export const accountsStore = (valueSerde: Serde<AccountState>): StoreDefinition<AccountState> => ({
  name: 'accounts',
  valueSerde,
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
