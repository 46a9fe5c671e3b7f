import { topics } from '../../src/contracts/index.ts';
import { Consumed, dedupe, Produced, StreamsBuilder, type Topology } from '../../src/streams/index.ts';
import { decidePoints } from './decide-points.ts';
import type { PointsParts } from './ports.ts';
import { accountKey, eventKey, pointsBalanceOf, pointsEarnedOf } from './records.ts';
import { accountsStore, dedupeWindowMs, seenEventsStore } from './stores.ts';

/**
 * START HERE. Where points are decided, exactly once: everything this topology writes, its stores and its offsets are
 * one Kafka transaction a micro-batch. MongoDB and Redis only follow (topologies/ledger, topologies/balances).
 *
 * Everything about one merchant is in one task, in order, as the key is the merchant.
 */
export function pointsTopology({ serdes, merchants, appliedEvents, messages, onDuplicate }: PointsParts): Topology {
  const builder = new StreamsBuilder('points').deadLettersTo(topics.deadLetters.name);

  // points.replay will be read beside points.ingest, and what it brings goes the same way.
  const commands = builder.stream(topics.ingest.name, { ...Consumed.with(serdes.ingest), name: 'ingest' });

  const entries = commands.pipe(
    // By what happened, not by how it was delivered: the event id is made from the effect.
    dedupe('dedupe', {
      store: seenEventsStore(serdes.seenEvents),
      keyOf: ({ value }) => eventKey(value),
      occurredAt: ({ value }) => value.occurred_at,
      windowMs: dedupeWindowMs,
      remember: (expiresAt) => ({ expires_at: expiresAt }),
      appliedBefore: (records, streamTime) =>
        appliedEvents.find(
          records.map(({ value }) => ({ merchantId: value.merchant_id, eventId: value.event_id })),
          streamTime - dedupeWindowMs,
        ),
      onDuplicate: () => onDuplicate?.(),
    }),
    // The rate limit of a merchant stands here: between what is new and what is decided.
    decidePoints('decide', accountsStore(serdes.accounts), { merchants, messages }),
  );

  entries.to(topics.audit.name, { ...Produced.with(serdes.audit), name: 'audit-log' });
  entries
    .flatMapValues(pointsEarnedOf, 'to-points-earned')
    .to(topics.earned.name, { ...Produced.with(serdes.earned), name: 'points-earned' });
  // reward.redemption will be fanned out here, from entries of type spend.
  entries
    .mapValues(pointsBalanceOf, 'to-balance')
    .selectKey(({ value }) => accountKey(value), 'key-by-customer')
    .to(topics.balances.name, { ...Produced.with(serdes.balances), name: 'points-balances' });

  return builder.build();
}
