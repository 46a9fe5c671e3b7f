import { DependencyUnavailableError } from '../common/errors.ts';
import type { IngestCommand } from '../contracts/index.ts';
import { askedOf, isAnswerTo, questionOf } from './asked.ts';
import { TooManyWaitingError } from './errors.ts';
import { openOutcomeWait, type OutcomeSources, type OutcomeWait } from './outcome-wait.ts';
import type { KnownOutcome, RequestPublisher } from './ports.ts';

/** What a caller is told of its request. */
export type Answer =
  | { readonly kind: 'decided'; readonly outcome: KnownOutcome }
  /** Taken and not decided yet, as far as is known: the same request later finds the decision. */
  | { readonly kind: 'pending' }
  /** Its token belongs to another request. */
  | { readonly kind: 'conflict' };

/** The same of one request of several: this one may not have been taken. */
export type BatchAnswer = Answer | { readonly kind: 'unavailable'; readonly error: DependencyUnavailableError };

export interface DecisionsOptions extends OutcomeSources {
  readonly publisher: RequestPublisher;
  /** Callers that may wait at the same time; 2,000 by default. One more is refused at once. */
  readonly maxWaiting?: number;
}

export interface WaitLimits {
  /** From now to the answer. Milliseconds. */
  readonly waitMs: number;
  /** Aborted when the caller has hung up: it waits no longer. */
  readonly signal: AbortSignal;
}

/** Asks for decisions, and waits for them. */
export interface Decisions {
  /**
   * Looks for what became of the request; publishes it where nothing is known, and waits. The same request gets the same
   * answer however often it is made, and may be published again: it has one event id, which is decided once.
   * @throws TooManyWaitingError
   * @throws DependencyUnavailableError when it may or may not be published
   */
  request(command: IngestCommand, limits: WaitLimits): Promise<Answer>;
  /**
   * The same for several, answered in their order. What concerns one customer is published in that order too; once one
   * could not be published, none of the other direction that comes after it is.
   * @throws TooManyWaitingError when they do not all fit
   */
  requestAll(commands: readonly IngestCommand[], limits: WaitLimits): Promise<readonly BatchAnswer[]>;
  /** Callers that wait now. */
  readonly waiting: number;
}

interface Request {
  readonly command: IngestCommand;
  readonly wait: OutcomeWait;
  /** What is known before the end of the wait; the outcome is awaited where nothing is. */
  answer: 'pending' | DependencyUnavailableError | undefined;
}

const byCustomer = (requests: readonly Request[]): Iterable<readonly Request[]> =>
  Map.groupBy(requests, ({ command }) => command.customer_id).values();

/** Neighbours of one direction together. */
const inRuns = (requests: readonly Request[]): readonly (readonly Request[])[] => {
  const runs: Request[][] = [];
  let direction: string | undefined;
  for (const request of requests) {
    const { type } = askedOf(request.command);
    if (type === direction) runs.at(-1)?.push(request);
    else runs.push([request]);
    direction = type;
  }
  return runs;
};

export function createDecisions({ publisher, maxWaiting = 2_000, ...sources }: DecisionsOptions): Decisions {
  let waiting = 0;

  /** Whichever comes first: it is published, or decided (because somebody else has published it), or too late. */
  const publish = async (request: Request, signal: AbortSignal): Promise<void> => {
    const { command, wait } = request;
    if (wait.isOver && (await wait.outcome) !== undefined) return;
    try {
      const published = wait.isOver ? 'late' : await Promise.race([publisher.publish(command), lateOrDecided(wait)]);
      if (published === 'buffered') request.answer = 'pending';
      if (published === 'late' && !signal.aborted) {
        request.answer = new DependencyUnavailableError('Kafka', { facts: { event_id: command.event_id } });
      }
    } catch (error) {
      if (!(error instanceof DependencyUnavailableError)) throw error;
      request.answer = error;
    }
  };

  /** Sales may be told in any order, but not after what is spent of them: each run of one direction waits for the last. */
  const publishInOrder = async (requests: readonly Request[], signal: AbortSignal): Promise<void> => {
    let failed: DependencyUnavailableError | undefined;
    for (const run of inRuns(requests)) {
      if (failed !== undefined) for (const request of run) request.answer = failed;
      else await Promise.all(run.map((request) => publish(request, signal)));
      failed ??= run.map(({ answer }) => answer).find((answer) => answer instanceof DependencyUnavailableError);
    }
  };

  const answerOf = async ({ command, wait, answer }: Request): Promise<BatchAnswer> => {
    const outcome = answer === undefined || wait.isOver ? await wait.outcome : undefined;
    if (outcome === undefined && answer instanceof DependencyUnavailableError) {
      return { kind: 'unavailable', error: answer };
    }
    if (outcome === undefined) return { kind: 'pending' };
    return isAnswerTo(askedOf(command), outcome) ? { kind: 'decided', outcome } : { kind: 'conflict' };
  };

  const requestAll: Decisions['requestAll'] = async (commands, { waitMs, signal }) => {
    if (waiting + commands.length > maxWaiting) throw new TooManyWaitingError(waiting);
    waiting += commands.length;
    const requests = commands.map((command): Request => {
      const wait = openOutcomeWait(sources, { question: questionOf(command), waitMs, signal });
      return { command, wait, answer: undefined };
    });
    try {
      const known = await Promise.all(requests.map(({ wait }) => wait.looked));
      const unknown = requests.filter((_, index) => known[index] === undefined);
      await Promise.all(Array.from(byCustomer(unknown), (ofCustomer) => publishInOrder(ofCustomer, signal)));
      return await Promise.all(requests.map(answerOf));
    } finally {
      for (const { wait } of requests) wait.end();
      waiting -= requests.length;
    }
  };

  return {
    requestAll,
    request: async (command, limits) => {
      const [answer] = await requestAll([command], limits);
      if (answer?.kind === 'unavailable') throw answer.error;
      return answer ?? { kind: 'pending' };
    },
    get waiting() {
      return waiting;
    },
  };
}

const lateOrDecided = async ({ outcome }: OutcomeWait): Promise<'late' | 'decided'> =>
  (await outcome) === undefined ? 'late' : 'decided';
