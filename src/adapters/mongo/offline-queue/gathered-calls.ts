import { DependencyUnavailableError } from '../../../common/errors.ts';

export interface GatheredCallsOptions<Item, Outcome> {
  /** Resolves with one outcome for each item, in their order. What it rejects with, each of their callers gets. */
  readonly work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly maxItems: number;
  /** For one caller, from its call on; milliseconds. Its item may be worked on all the same. */
  readonly deadlineMs: number;
}

interface Call<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One piece of work at a time for all who call: what comes meanwhile is gathered for the next, in the order of the calls. So
 * a thousand callers at once cost a few calls on MongoDB, and their order is kept.
 * @returns a call; it throws DependencyUnavailableError when its deadline comes first
 */
export const createGatheredCalls = <Item, Outcome>(
  options: GatheredCallsOptions<Item, Outcome>,
): ((item: Item) => Promise<Outcome>) => {
  const { work, maxItems, deadlineMs } = options;
  const waiting = new Set<Call<Item, Outcome>>();
  let isRunning = false;

  const workOn = async (calls: readonly Call<Item, Outcome>[]): Promise<void> => {
    try {
      const outcomes = await work(calls.map(({ item }) => item));
      calls.forEach((call, index) => call.resolve(outcomes[index] as Outcome));
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.size > 0) {
      const calls = [...waiting].slice(0, maxItems);
      for (const call of calls) waiting.delete(call);
      await workOn(calls);
    }
    isRunning = false;
  };

  return async (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const call = { item, resolve, reject };
    const expire = (): void => {
      waiting.delete(call);
      reject(new DependencyUnavailableError('MongoDB', { facts: { timeout_ms: deadlineMs } }));
    };
    const timer = setTimeout(expire, deadlineMs);
    waiting.add(call);
    if (!isRunning) void run();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  };
};
