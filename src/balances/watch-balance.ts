import { isRetryable, toError } from '../common/errors.ts';
import { limitInFlight } from '../common/in-flight.ts';
import type { Logger } from '../common/logger.ts';
import type { Balance, BalanceChanges } from './ports.ts';
import type { BalanceReader } from './read-balance.ts';

export interface BalanceWatcher {
  /**
   * A customer's balance now, then each newer one, until the signal aborts. The sequence never falls. Who takes them
   * slowly misses those in between, never the newest.
   * @throws DependencyUnavailableError when the balance cannot be read at the start
   * @example for await (const { balance } of watcher.watch(merchantId, customerId, signal)) await tell(balance);
   */
  watch(merchantId: string, customerId: string, signal: AbortSignal): AsyncGenerator<Balance, void, undefined>;
}

export interface BalanceWatcherOptions {
  readonly balances: BalanceReader;
  readonly changes: BalanceChanges;
  readonly logger: Logger;
  /** A change that nobody told is seen so late at most. Milliseconds, 15,000 by default. */
  readonly rereadEveryMs?: number;
  /** After an interruption every watcher reads again: so many at once. 32 by default. */
  readonly maxRereads?: number;
}

/** What has been heard of one balance, and not yet been told on: the newest only. */
const newestOnly = () => {
  let newest: Balance | undefined;
  let heard = -1;
  let wake = (): void => undefined;
  return {
    offer(balance: Balance): void {
      if (balance.sequence <= heard) return;
      heard = balance.sequence;
      newest = balance;
      wake();
    },
    /** The newest that was not taken yet; waits for one, and ends without one when the signal aborts. */
    async take(signal: AbortSignal): Promise<Balance | undefined> {
      if (newest === undefined && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<null>();
        wake = () => {
          resolve(null);
        };
        signal.addEventListener('abort', wake, { once: true });
        await promise;
        signal.removeEventListener('abort', wake);
      }
      const taken = signal.aborted ? undefined : newest;
      newest = undefined;
      return taken;
    },
  };
};

/**
 * Watches balances: what is published is told at once. Since a publication may be lost, the balance is read again once
 * publications are sure to come, after each interruption, and now and then. While it cannot be read, watching goes on.
 */
export const createBalanceWatcher = (options: BalanceWatcherOptions): BalanceWatcher => {
  const { balances, changes, logger, rereadEveryMs = 15_000, maxRereads = 32 } = options;
  const limit = limitInFlight(maxRereads);

  return {
    async *watch(merchantId, customerId, signal) {
      const news = newestOnly();
      const reread = async (): Promise<void> => {
        try {
          if (!signal.aborted) news.offer(await balances.read(merchantId, customerId));
        } catch (error) {
          // A store that is away is told by who reads it, and by readiness.
          if (!isRetryable(error)) logger.error({ err: toError(error) }, 'A watched balance cannot be read');
        }
      };
      const rereadInTurn = (): void => void limit(reread);
      const unsubscribe = changes.subscribe(merchantId, customerId, {
        changed: (balance) => {
          news.offer(balance);
        },
        resumed: rereadInTurn,
      });
      const timer = setInterval(rereadInTurn, rereadEveryMs);
      try {
        news.offer(await balances.read(merchantId, customerId));
        for (;;) {
          const balance = await news.take(signal);
          if (balance === undefined) return;
          yield balance;
        }
      } finally {
        clearInterval(timer);
        unsubscribe();
      }
    },
  };
};
