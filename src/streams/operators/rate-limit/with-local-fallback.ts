import { DependencyUnavailableError, toError } from '../../../common/errors.ts';
import type { LocalTokenBuckets } from './local-token-buckets.ts';
import type { TokenBuckets, TokenRequest } from './token-buckets.ts';

export interface LocalFallbackOptions {
  /** What waits longer for the primary goes on without it; milliseconds, 250 by default. */
  readonly timeoutMs?: number;
  /** For how long a primary that failed is left alone before it is tried again; milliseconds, 1,000 by default. */
  readonly backOffMs?: number;
  /** Told once when the primary is away: the local buckets serve alone from now on. Must not throw. */
  readonly onFallback?: (error: Error) => void;
  /** Told once when the primary is there again. Must not throw. */
  readonly onReturn?: () => void;
}

/** What the local bucket has granted, and which request it was for. */
interface Grant extends TokenRequest {
  readonly index: number;
}

/**
 * Buckets that many share, with local ones that serve alone while the shared ones are away. It never rejects.
 *
 * Every grant comes out of the local bucket first and must be granted by the primary too. So the local bucket has
 * followed all that this process was granted, and neither going over to it nor coming back grants a second burst; nor
 * does a primary that has forgotten its buckets.
 *
 * Nobody waits for a primary that is known to be away: it is tried from time to time with what the local bucket has just
 * granted, beside the work, by one caller at a time.
 */
export const withLocalFallback = (
  primary: TokenBuckets,
  local: LocalTokenBuckets,
  { timeoutMs = 250, backOffMs = 1_000, onFallback, onReturn }: LocalFallbackOptions = {},
): TokenBuckets => {
  /** When the primary failed last, by the caller's clock; null while it is there. */
  let failedAt: number | null = null;
  let isTrying = false;

  const failed = (thrown: unknown, nowMs: number): void => {
    const isNew = failedAt === null;
    failedAt = nowMs;
    if (isNew) onFallback?.(toError(thrown));
  };

  const mayTryAgain = (since: number, nowMs: number): boolean => {
    const elapsedMs = nowMs - since;
    // Less than nothing has passed where the clock was set back: the primary does not wait until it is there again.
    return !isTrying && (elapsedMs < 0 || elapsedMs >= backOffMs);
  };

  const tryAgain = async (grants: readonly Grant[], nowMs: number): Promise<void> => {
    isTrying = true;
    try {
      await inTime(primary.take(grants, nowMs), timeoutMs);
      failedAt = null;
      onReturn?.();
    } catch (error) {
      failed(error, nowMs);
    } finally {
      isTrying = false;
    }
  };

  return {
    async take(requests, nowMs) {
      const granted = [...local.takeNow(requests, nowMs)];
      const grants = requests
        .map((request, index) => ({ ...request, index, wanted: granted[index] ?? 0 }))
        .filter(({ wanted }) => wanted > 0);
      if (grants.length === 0) return granted;
      if (failedAt !== null) {
        if (mayTryAgain(failedAt, nowMs)) void tryAgain(grants, nowMs);
        return granted;
      }
      try {
        const answers = await inTime(primary.take(grants, nowMs), timeoutMs);
        for (const [position, { key, wanted, index }] of grants.entries()) {
          const tokens = Math.max(0, Math.min(wanted, answers[position] ?? 0));
          local.giveBack(key, wanted - tokens);
          granted[index] = tokens;
        }
      } catch (error) {
        failed(error, nowMs);
      }
      return granted;
    },
  };
};

/** @throws DependencyUnavailableError when it takes longer; what comes of it after that is nobody's concern */
async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const facts = { detail: 'no answer in time', within_ms: withinMs };
    late.reject(new DependencyUnavailableError('The shared token buckets', { facts }));
  }, withinMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
