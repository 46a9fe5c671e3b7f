import { balanceCacheBehaviour } from '../balances/balance-cache.behaviour.ts';
import { createFakeBalanceCache } from '../support/fake-balance-cache.ts';
import { createFakeLedger } from '../support/fake-ledger.ts';
import { createFakeProcessed } from '../support/fake-processed.ts';
import { ledgerBehaviour } from './ledger-store.behaviour.ts';
import { processedBehaviour } from './processed.behaviour.ts';

const ledger = createFakeLedger();
ledgerBehaviour('in memory', () => ({
  store: ledger,
  reader: ledger,
  held: async (merchantId) =>
    ledger.entries
      .filter(({ merchant_id }) => merchant_id === merchantId)
      .sort((one, other) => one.sequence - other.sequence),
}));

const cache = createFakeBalanceCache();
balanceCacheBehaviour('in memory', () => cache);

const processed = createFakeProcessed();
processedBehaviour('in memory', () => processed);
