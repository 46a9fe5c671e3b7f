import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type Outcome, outcomeKey } from '../../src/contracts/index.ts';
import type { KnownOutcome, OutcomeChannel, OutcomeStore } from '../../src/requests/ports.ts';

/** Redis and MongoDB as those who wait for outcomes see them. */
export const fakeOutcomes = () => {
  const recent = new Map<string, KnownOutcome>();
  const lasting = new Map<string, KnownOutcome>();
  const listeners = new Map<string, Set<(outcome: Outcome) => void>>();
  const world = { channelAway: false, recentAway: false, lastingAway: false };
  const asked = { recent: 0, lasting: 0 };

  const storeOf = (kept: Map<string, KnownOutcome>, name: 'recent' | 'lasting'): OutcomeStore => ({
    find: async (question) => {
      asked[name] += 1;
      if (world[`${name}Away`]) throw new DependencyUnavailableError(name);
      return kept.get(outcomeKey(question.merchantId, question.eventId));
    },
  });
  const channel: OutcomeChannel = {
    listen: (merchantId, eventId, heard) => {
      const key = outcomeKey(merchantId, eventId);
      const listener = (outcome: Outcome): void => heard(outcome);
      listeners.set(key, (listeners.get(key) ?? new Set()).add(listener));
      return {
        ready: Promise.resolve(!world.channelAway),
        get isLive() {
          return !world.channelAway;
        },
        close: () => {
          listeners.get(key)?.delete(listener);
        },
      };
    },
  };
  const keyOf = ({ merchant_id, event_id }: KnownOutcome): string => outcomeKey(merchant_id, event_id);
  return {
    ...{ world, asked, channel, recent: storeOf(recent, 'recent'), lasting: storeOf(lasting, 'lasting') },
    /** As whoever decides tells it: kept in Redis, and told on the channel. */
    tell: (outcome: Outcome): void => {
      recent.set(keyOf(outcome), outcome);
      if (!world.channelAway) for (const heard of [...(listeners.get(keyOf(outcome)) ?? [])]) heard(outcome);
    },
    /** As the projections write it. */
    write: (outcome: KnownOutcome): void => {
      lasting.set(keyOf(outcome), outcome);
    },
    listening: (): number => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };
};
