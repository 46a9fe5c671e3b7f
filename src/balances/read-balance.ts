import type { Clock } from '../common/clock.ts';
import { toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Balance, BalanceCache, LedgerReader } from './ports.ts';

/** Where a balance was read: in the cache, or in the ledger after a miss. */
export type BalanceSource = 'hit' | 'miss';

export interface BalanceReaderOptions {
  readonly cache: BalanceCache;
  readonly ledger: LedgerReader;
  /** Told of every answered read, in seconds. */
  readonly observe: (source: BalanceSource, seconds: number) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface BalanceReader {
  /**
   * A customer's balance; 0 at sequence 0 for one who has no entries.
   * @throws DependencyUnavailableError when the cache does not have it and the ledger does not answer
   */
  read(merchantId: string, customerId: string): Promise<Balance>;
}

/** Logs a fault when it begins and when it ends, since a cache that is away is away for every read. */
const faultLog = (logger: Logger, began: string, ended: string) => {
  let lasts = false;
  return {
    failed(error: unknown): void {
      if (!lasts) logger.warn({ err: toError(error) }, began);
      lasts = true;
    },
    worked(): void {
      if (lasts) logger.info({}, ended);
      lasts = false;
    },
  };
};

/**
 * Reads from the cache, and on a miss the newest entry of the ledger, which is put into the cache unless that holds a
 * newer balance by then: a slow reader never overwrites what was written meanwhile. Reads of one customer that miss at
 * the same moment share one read of the ledger.
 *
 * That a customer has no entries is not cached: their first points are to show at once.
 */
export const createBalanceReader = (options: BalanceReaderOptions): BalanceReader => {
  const { cache, ledger, observe, logger, clock } = options;
  const reads = faultLog(logger, 'Balance cache cannot be read, so the ledger is', 'Balance cache is read again');
  const writes = faultLog(logger, 'Balance cache cannot be filled', 'Balance cache is filled again');
  const underWay = new Map<string, Promise<Balance>>();

  const fromCache = async (merchantId: string, customerId: string): Promise<Balance | undefined> => {
    try {
      const balance = await cache.get(merchantId, customerId);
      reads.worked();
      return balance;
    } catch (error) {
      reads.failed(error);
      return undefined;
    }
  };

  const refill = async (balance: Balance): Promise<void> => {
    try {
      await cache.putIfNewer([balance]);
      writes.worked();
    } catch (error) {
      writes.failed(error);
    }
  };

  const fromLedger = async (merchantId: string, customerId: string): Promise<Balance> => {
    const newest = await ledger.newestBalance(merchantId, customerId);
    if (newest === undefined) return { merchantId, customerId, balance: 0, sequence: 0 };
    // The reader has its answer: the cache is filled behind its back.
    void refill(newest);
    return newest;
  };

  const fromLedgerOnce = (merchantId: string, customerId: string): Promise<Balance> => {
    const customer = `${merchantId}:${customerId}`;
    const started = underWay.get(customer);
    if (started !== undefined) return started;
    const read = fromLedger(merchantId, customerId).finally(() => underWay.delete(customer));
    underWay.set(customer, read);
    return read;
  };

  return {
    async read(merchantId, customerId) {
      const startedAt = clock.now();
      const cached = await fromCache(merchantId, customerId);
      const balance = cached ?? (await fromLedgerOnce(merchantId, customerId));
      observe(cached === undefined ? 'miss' : 'hit', (clock.now() - startedAt) / 1_000);
      return balance;
    },
  };
};
