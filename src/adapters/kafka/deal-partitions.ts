export interface Member {
  readonly id: string;
  /** The partition numbers it held until now. */
  readonly held: readonly number[];
}

const byId = (a: Member, b: Member): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const indexOfLargest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** How much each of so many members gets where the heaviest is always given to who has least; the most first. */
function shares(weights: readonly number[], members: number): readonly number[] {
  const loads = Array.from({ length: members }, () => 0);
  for (const weight of weights) {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest] = (loads[lightest] ?? 0) + weight;
  }
  return loads.sort((a, b) => b - a);
}

/**
 * Deals partition numbers out so that the members have much the same to do, and keep what they held as far as that goes:
 * what stays need not be restored. Does not depend on the order of the members.
 * @param weights how many topics have the partition of that number: [3, 3, 1] where two topics have 2, and a third has 3
 */
export function dealPartitions(
  members: readonly Member[],
  weights: readonly number[],
): ReadonlyMap<string, readonly number[]> {
  const weightOf = (partition: number): number => weights[partition] ?? 0;
  const heldBy = ({ held }: Member): number => held.reduce((sum, partition) => sum + weightOf(partition), 0);
  // Who held most gets the largest share, so that as little as possible is taken from anybody.
  const inOrder = [...members].sort(byId).sort((a, b) => heldBy(b) - heldBy(a));
  const free = [...shares(weights, members.length)];
  const dealt = inOrder.map((): number[] => []);
  const owners = new Set<number>();
  const give = (partition: number, index: number): void => {
    owners.add(partition);
    dealt[index]?.push(partition);
    free[index] = (free[index] ?? 0) - weightOf(partition);
  };

  for (const [index, { held }] of inOrder.entries()) {
    for (const partition of [...held].sort((a, b) => a - b)) {
      const isThere = partition < weights.length && !owners.has(partition);
      if (isThere && weightOf(partition) <= (free[index] ?? 0)) give(partition, index);
    }
  }
  // Lower numbers are in more topics: the heaviest come first, while there is room.
  for (const partition of weights.keys()) if (!owners.has(partition)) give(partition, indexOfLargest(free));
  return new Map(inOrder.map(({ id }, index) => [id, (dealt[index] ?? []).sort((a, b) => a - b)]));
}
