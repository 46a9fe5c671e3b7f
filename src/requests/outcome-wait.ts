import type { KnownOutcome, OutcomeChannel, OutcomeQuestion, OutcomeStore } from './ports.ts';

/** Where outcomes are heard of and kept. */
export interface OutcomeSources {
  readonly channel: OutcomeChannel;
  /** Newly decided outcomes, asked often: Redis. */
  readonly recent: OutcomeStore;
  /** All that were ever decided, a moment later: MongoDB. */
  readonly lasting: OutcomeStore;
  /** Told of every look that failed; the wait goes on. */
  readonly onError: (error: unknown) => void;
}

export interface OutcomeWaitOptions {
  readonly question: OutcomeQuestion;
  /** Milliseconds. */
  readonly waitMs: number;
  /** Ends the wait: the caller has hung up. */
  readonly signal: AbortSignal;
}

/** One caller that waits for one outcome. */
export interface OutcomeWait {
  /** Resolves after the first look, with what was known; from then on nothing is missed for long. */
  readonly looked: Promise<KnownOutcome | undefined>;
  /** Resolves with the outcome, or with undefined when the time is up or the caller gone. Never rejects. */
  readonly outcome: Promise<KnownOutcome | undefined>;
  readonly isOver: boolean;
  /** Lets go of everything; to be called in any case. */
  end(): void;
}

/** Between two looks; the first is short, for decisions that the channel has missed. */
const firstPauseMs = 200;
const longestPauseMs = 1_000;
/** The last look begins so long before the end. */
const lastLookMs = 300;

/**
 * Listens, then looks, then waits, in this order: what is decided in between is either found or heard. Then it looks
 * again with growing pauses: the channel may have missed something, and does not tell what an order's webhook has earned.
 */
export function openOutcomeWait(sources: OutcomeSources, options: OutcomeWaitOptions): OutcomeWait {
  const { channel, recent, lasting, onError } = sources;
  const { question, waitMs, signal } = options;
  const found = Promise.withResolvers<KnownOutcome | undefined>();
  const timers = new Set<NodeJS.Timeout>();
  let isOver = false;

  const settle = (outcome: KnownOutcome | undefined): void => {
    if (isOver) return;
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', end);
    subscription.close();
    found.resolve(outcome);
  };
  const end = (): void => {
    settle(undefined);
  };
  const after = (milliseconds: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
  };

  const ask = async (store: OutcomeStore): Promise<KnownOutcome | 'away' | undefined> => {
    try {
      return await store.find(question);
    } catch (error) {
      onError(error);
      return 'away';
    }
  };
  const look = async (everywhere: boolean): Promise<void> => {
    const kept = await ask(recent);
    if (isOver) return;
    const outcome = kept === 'away' || (kept === undefined && everywhere) ? await ask(lasting) : kept;
    if (outcome !== undefined && outcome !== 'away') settle(outcome);
  };
  const lookAgain = (pauseMs: number): void => {
    if (isOver) return;
    after(pauseMs, () => {
      // So soon only the channel's silence is worth a question to MongoDB.
      void look(pauseMs > firstPauseMs || !subscription.isLive).then(() => {
        lookAgain(Math.min(pauseMs * 2, longestPauseMs));
      });
    });
  };

  const subscription = channel.listen(question.merchantId, question.eventId, settle);
  const firstLook = async (): Promise<undefined> => {
    await subscription.ready;
    if (!isOver) await look(true);
    lookAgain(firstPauseMs);
    return undefined;
  };
  after(waitMs, end);
  after(Math.max(waitMs - lastLookMs, waitMs / 2), () => void look(true));
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const settledOrLooked = Promise.race([firstLook(), found.promise]);
  return {
    looked: settledOrLooked.then(() => (isOver ? found.promise : undefined)),
    outcome: found.promise,
    get isOver() {
      return isOver;
    },
    end,
  };
}
