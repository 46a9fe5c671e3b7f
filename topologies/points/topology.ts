import { topics } from '../../src/contracts/index.ts';
import {
  Consumed,
  type ConsumedRecord,
  dedupe,
  Produced,
  StreamsBuilder,
  type Topology,
} from '../../src/streams/index.ts';
import { decidePoints } from './decide-points.ts';
import { limitMerchant } from './limit-merchant.ts';
import type { PointsParts } from './ports.ts';
import { pointsBalanceOf, pointsEarnedOf, rewardRedemptionOf } from './fan-out.ts';
import { accountKey, eventKey, sourceName } from './records.ts';
import { dedupeWindowMs, seenEventsStore } from './stores.ts';

/**
 * START HERE. Where points are decided, exactly once: everything this topology writes, its stores and its offsets are
 * one Kafka transaction a micro-batch. MongoDB and Redis only follow (topologies/ledger, topologies/balances).
 *
 * Everything about one merchant is in one task, in order, as the key is the merchant.
 */
export function pointsTopology(parts: PointsParts): Topology {
  const { serdes, appliedEvents, onDuplicate } = parts;
  const builder = new StreamsBuilder('points').deadLettersTo(topics.deadLetters.name);

  const seenEvents = seenEventsStore(serdes.seenEvents);
  /** Records that have waited for their merchant's rate limit, for as long as they are on their way through. */
  const waited = new WeakSet<ConsumedRecord>();

  // What operators send again goes the same way as what comes for the first time.
  const commands = builder.stream([topics.ingest.name, topics.replay.name], Consumed.with(serdes.ingest, 'ingest'));

  const entries = commands.pipe(
    // By what happened, not by how it was delivered: the event id is made from the effect.
    dedupe('dedupe', {
      store: seenEvents,
      keyOf: ({ value }) => eventKey(value),
      occurredAt: ({ value }) => value.occurred_at,
      windowMs: dedupeWindowMs,
      remember: (expiresAt, { source }) => ({ expires_at: expiresAt, source: sourceName(source) }),
      appliedBefore: (records, streamTime) =>
        appliedEvents.find(
          records.map(({ value }) => ({ merchantId: value.merchant_id, eventId: value.event_id })),
          streamTime - dedupeWindowMs,
        ),
      onDuplicate: () => onDuplicate?.(),
    }),
    // Between what is new and what is decided: a repeat costs a merchant nothing of its rate.
    limitMerchant('limit', seenEvents, waited, parts),
    decidePoints('decide', seenEvents, waited, parts),
  );

  // To the task's own partition number everywhere: one writer for every partition, and a merchant's records together.
  const partitioning = 'task';
  entries.to(topics.audit.name, { ...Produced.with(serdes.audit, 'audit-log'), partitioning });
  entries
    .flatMapValues(pointsEarnedOf, 'to-points-earned')
    .to(topics.earned.name, { ...Produced.with(serdes.earned, 'points-earned'), partitioning });
  entries.flatMapValues(rewardRedemptionOf, 'to-reward-redemption').to(topics.redemptions.name, {
    ...Produced.with(serdes.rewardRedemptions, 'reward-redemption'),
    partitioning,
  });
  entries
    .flatMapValues(pointsBalanceOf, 'to-balance')
    .selectKey(({ value }) => accountKey(value), 'key-by-customer')
    .to(topics.balances.name, { ...Produced.with(serdes.balances, 'points-balances'), partitioning });

  return builder.build();
}
