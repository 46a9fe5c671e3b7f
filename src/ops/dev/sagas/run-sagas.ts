import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '../../../common/errors.ts';
import type { Hop } from '../../../follow/index.ts';
import type { Saga, WantedHop } from './sagas.ts';

/** How far a saga has come. */
export interface SagaOutcome {
  readonly saga: Saga;
  /** Null where it could not even begin. */
  readonly correlationId: string | null;
  readonly hops: readonly Hop[];
  /** What is not as it must be; empty when it has arrived. */
  readonly faults: readonly string[];
}

export interface RunSagasOptions {
  readonly sagas: readonly Saga[];
  readonly find: (correlationId: string) => Promise<readonly Hop[]>;
  /** Told of each as it ends. */
  readonly shown: (outcome: SagaOutcome) => void;
  /** How long each may take; milliseconds. */
  readonly withinMs: number;
}

const pollEveryMs = 50;

const isAt =
  ({ where, what }: WantedHop) =>
  (hop: Hop): boolean =>
    hop.where === where && what.test(hop.what);

const missing = (saga: Saga, hops: readonly Hop[]): readonly WantedHop[] =>
  saga.wanted.filter((wanted) => !hops.some(isAt(wanted)));

/** What died will not arrive. */
const dead = (hops: readonly Hop[]): readonly Hop[] => hops.filter(({ where }) => where === 'points.dlq');

/**
 * Runs the sagas one after the other, and follows each by its correlation id until it has come by every hop it must.
 * @returns what was not right; empty when all have arrived
 */
export const runSagas = async ({ sagas, find, shown, withinMs }: RunSagasOptions): Promise<readonly string[]> => {
  const run = async (saga: Saga): Promise<SagaOutcome> => {
    const correlationId = await saga.begin();
    const deadline = performance.now() + withinMs;
    for (;;) {
      const hops = await find(correlationId);
      const left = missing(saga, hops);
      const died = dead(hops);
      if (left.length > 0 && died.length === 0 && performance.now() < deadline) {
        await sleep(pollEveryMs);
        continue;
      }
      const faults = [
        ...died.map(({ what }) => `${saga.title}: a dead letter: ${what}`),
        ...left.map(({ where, what }) => `${saga.title}: never came to ${where} as ${what.source}`),
      ];
      return { saga, correlationId, hops, faults };
    }
  };
  const faults: string[] = [];
  for (const saga of sagas) {
    const outcome = await run(saga).catch((thrown: unknown): SagaOutcome => {
      return { saga, correlationId: null, hops: [], faults: [`${saga.title}: ${toError(thrown).message}`] };
    });
    shown(outcome);
    faults.push(...outcome.faults);
  }
  return faults;
};
