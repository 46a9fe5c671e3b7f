import { type PointsBalance, topics } from '../../src/contracts/index.ts';
import { Consumed, processBatch, type Serde, StreamsBuilder, type Topology } from '../../src/streams/index.ts';

export interface BalancesParts {
  readonly balanceSerde: Serde<PointsBalance>;
  /**
   * Keeps each balance unless a newer one is kept; safe to repeat.
   * @throws DependencyUnavailableError when the cache is away: the same balances come again
   */
  readonly write: (balances: readonly PointsBalance[]) => Promise<void>;
}

/** Balances into Redis: committed ones only, at least once, set only if newer. */
export function balancesTopology({ balanceSerde, write }: BalancesParts): Topology {
  const builder = new StreamsBuilder('balances').deadLettersTo(topics.deadLetters.name);

  builder.stream(topics.balances.name, { ...Consumed.with(balanceSerde), name: 'points-balances' }).pipe(
    processBatch<string, PointsBalance, string, PointsBalance>('write-cache', {
      create: () => async (records) => {
        await write(records.map(({ value }) => value));
        return records;
      },
    }),
  );

  return builder.build();
}
