/** One place at which a correlation id was found. */
export interface Hop {
  /** When it got there; milliseconds since the epoch. */
  readonly at: number;
  /** A topic, a collection, a service or a log. */
  readonly where: string;
  /** What is said there in a few words: ids of ours, amounts, codes. */
  readonly what: string;
  /** Of the event that it is about, where it says. */
  readonly eventId: string | null;
}

/** In the order of cause and effect, for what happened in the same millisecond: a transaction stamps all it writes alike. */
const ranks: Readonly<Record<string, number>> = {
  'vip_tier.assigned': 0,
  'task.created': 0,
  'task.failed': 0,
  'points.ingest': 1,
  'points.replay': 1,
  audit_log: 2,
  'points.earned': 3,
  'points.balances': 3,
  'reward.redemption': 3,
  'points.dlq': 3,
};
const rankOf = ({ where }: Hop): number => ranks[where] ?? 4;

/** As it went, first things first. */
export const inOrder = (hops: readonly Hop[]): readonly Hop[] =>
  [...hops].sort((a, b) => a.at - b.at || rankOf(a) - rankOf(b));

const columns = { time: 8, where: 28 } as const;

/** Hops as lines, each with the time since the first. */
export const hopLines = (hops: readonly Hop[]): string => {
  const first = hops[0]?.at ?? 0;
  return hops
    .map(
      ({ at, where, what }) => `${`+${at - first}`.padStart(columns.time)} ms  ${where.padEnd(columns.where)}${what}`,
    )
    .join('\n');
};
