import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError, isRetryable, toError } from '../../common/errors.ts';
import { limitInFlight } from '../../common/in-flight.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CoreClient, CoreQuestion } from './core-client.ts';
import { CircuitOpenError } from './errors.ts';

export type CustomerAnswer =
  | { readonly status: 'known' }
  | { readonly status: 'unknown' }
  | { readonly status: 'error'; readonly error: Error };

/**
 * How a look-up ended: from memory (`cached`); as Core answered (`known`, `unknown`, `refused`); without an answer
 * (`unavailable`); without a question, since the circuit is open or there was no time left (`not_asked`).
 */
export type LookupResult = 'cached' | 'known' | 'unknown' | 'refused' | 'unavailable' | 'not_asked';

export interface CustomerDirectory {
  /** An answer for each customer, in the order asked. Never rejects. */
  known(customers: readonly CoreQuestion[]): Promise<readonly CustomerAnswer[]>;
}

export interface CustomerDirectoryOptions {
  readonly core: Pick<CoreClient, 'ask'>;
  readonly breaker: Pick<CircuitBreaker, 'run'>;
  readonly clock: Clock;
  /** Questions to Core at once; 32 by default. */
  readonly maxInFlight?: number;
  /** No question begins so long after it was wanted. Milliseconds, 3,000 by default. */
  readonly withinMs?: number;
  /** Customers seldom go. Milliseconds, 600,000 by default. */
  readonly knownForMs?: number;
  /** A new customer may reach us before Core. Milliseconds, 10,000 by default. */
  readonly unknownForMs?: number;
  /** Customers remembered of either kind; 100,000 by default. */
  readonly maxCustomers?: number;
  readonly onLookup?: (result: LookupResult) => void;
}

const known: CustomerAnswer = { status: 'known' };
const unknown: CustomerAnswer = { status: 'unknown' };

/** A question that waited too long for its turn. */
class NoTimeLeftError extends DependencyUnavailableError {
  constructor() {
    super('Core', { facts: { reason: 'no time left to ask' } });
  }
}

const resultOf = (error: unknown): LookupResult => {
  if (error instanceof CircuitOpenError || error instanceof NoTimeLeftError) return 'not_asked';
  return isRetryable(error) ? 'unavailable' : 'refused';
};

const keyOf = ({ merchantId, customerId }: CoreQuestion): string => `${merchantId}:${customerId}`;

/**
 * Says who is a merchant's customer, from memory or as Core answers. Whoever asks for the same customer at the same time
 * shares a question. A failed question is not remembered: the next to ask asks again.
 */
export function createCustomerDirectory(options: CustomerDirectoryOptions): CustomerDirectory {
  const { core, breaker, clock, onLookup, withinMs = 3_000, maxCustomers = 100_000 } = options;
  const memory = (ttl: number) =>
    new LRUCache<string, CustomerAnswer>({ max: maxCustomers, ttl, ttlResolution: 0, perf: clock });
  const knownOnes = memory(options.knownForMs ?? 600_000);
  // Apart, so that a flood of strangers cannot push the known ones out.
  const unknownOnes = memory(options.unknownForMs ?? 10_000);
  const asking = new Map<string, Promise<CustomerAnswer>>();
  const limit = limitInFlight(options.maxInFlight ?? 32);

  const ask = async (question: CoreQuestion, key: string, notAfter: number): Promise<CustomerAnswer> => {
    try {
      const result = await limit(async () => {
        if (clock.now() > notAfter) throw new NoTimeLeftError();
        return breaker.run(() => core.ask(question));
      });
      onLookup?.(result);
      const answer = result === 'known' ? known : unknown;
      (result === 'known' ? knownOnes : unknownOnes).set(key, answer);
      return answer;
    } catch (error) {
      onLookup?.(resultOf(error));
      return { status: 'error', error: toError(error) };
    }
  };

  const lookUp = (question: CoreQuestion, notAfter: number): Promise<CustomerAnswer> => {
    const key = keyOf(question);
    const remembered = knownOnes.get(key) ?? unknownOnes.get(key);
    if (remembered !== undefined) {
      onLookup?.('cached');
      return Promise.resolve(remembered);
    }
    const underWay = asking.get(key);
    if (underWay !== undefined) return underWay;
    const answer = ask(question, key, notAfter).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  };

  return {
    known: (customers) => {
      const notAfter = clock.now() + withinMs;
      return Promise.all(customers.map((customer) => lookUp(customer, notAfter)));
    },
  };
}
