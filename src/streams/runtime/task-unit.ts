import type { CommitUnit, GroupMembership, PartitionOffset, PartitionSend } from '../ports.ts';
import { placeOf } from '../record.ts';

/** What one task brings into a transaction. */
export interface TaskUnit {
  /** At least one: offsets are what the broker refuses of a member that the group has gone on without. */
  readonly offsets: readonly PartitionOffset[];
  readonly sends: readonly PartitionSend[];
}

/** What a transaction of several tasks holds: one send for each topic-partition, as several may write to one. */
export function unitOf(membership: GroupMembership, units: readonly TaskUnit[]): CommitUnit {
  const byPlace = Map.groupBy(
    units.flatMap(({ sends }) => sends),
    placeOf,
  );
  const sends = [...byPlace.values()].flatMap((parts) => {
    const [first, ...rest] = parts;
    if (first === undefined) return [];
    return [rest.length === 0 ? first : { ...first, records: parts.flatMap(({ records }) => records) }];
  });
  return { membership, offsets: units.flatMap(({ offsets }) => offsets), sends };
}
