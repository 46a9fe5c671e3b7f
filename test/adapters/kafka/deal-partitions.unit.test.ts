import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealPartitions, type Member } from '../../../src/adapters/kafka/deal-partitions.ts';

const fresh = (...ids: readonly string[]): readonly Member[] => ids.map((id) => ({ id, held: [] }));

/** How many topics have each partition number, of topics with these counts. */
const weightsOf = (...counts: readonly number[]): readonly number[] =>
  Array.from({ length: Math.max(0, ...counts) }, (_, partition) => counts.filter((count) => count > partition).length);

const asMembers = (dealt: ReadonlyMap<string, readonly number[]>): readonly Member[] =>
  [...dealt].map(([id, held]) => ({ id, held }));

const loadsOf = (dealt: ReadonlyMap<string, readonly number[]>, weights: readonly number[]): readonly number[] =>
  [...dealt.values()].map((held) => held.reduce((sum, partition) => sum + (weights[partition] ?? 0), 0));

const moved = (before: ReadonlyMap<string, readonly number[]>, after: ReadonlyMap<string, readonly number[]>): number =>
  [...after].flatMap(([id, held]) => held.filter((partition) => before.get(id)?.includes(partition) !== true)).length;

describe('dealing out partition numbers', () => {
  it('counts in how many topics a number is: who has a heavy one gets fewer', () => {
    const dealt = dealPartitions(fresh('a', 'b', 'c', 'd'), weightsOf(5, 1, 1));
    expect(Object.fromEntries(dealt)).toEqual({ a: [0], b: [1, 2], c: [3], d: [4] });
  });

  it('leaves everything where it is while the members stay, whatever order they come in', () => {
    const before = dealPartitions(fresh('a', 'b', 'c'), weightsOf(8, 8, 3));
    const again = dealPartitions([...asMembers(before)].reverse(), weightsOf(8, 8, 3));
    expect(moved(before, again)).toBe(0);
  });

  it('takes from the others just what a new member gets', () => {
    const before = dealPartitions(fresh('b', 'c'), weightsOf(12));
    const after = dealPartitions([...asMembers(before), { id: 'a', held: [] }], weightsOf(12));
    expect(loadsOf(after, weightsOf(12))).toEqual([4, 4, 4]);
    expect(moved(before, after)).toBe(4);
  });

  it('deals out what a member that left had, and moves nothing else', () => {
    const before = dealPartitions(fresh('a', 'b', 'c'), weightsOf(12));
    const after = dealPartitions(
      asMembers(before).filter(({ id }) => id !== 'b'),
      weightsOf(12),
    );
    expect(loadsOf(after, weightsOf(12))).toEqual([6, 6]);
    expect(moved(before, after)).toBe(4);
  });

  it('gives a number that two members believe to hold to one of them', () => {
    const dealt = dealPartitions(
      [
        { id: 'a', held: [0, 1] },
        { id: 'b', held: [0, 1] },
      ],
      weightsOf(2),
    );
    expect([...dealt.values()].flat().sort()).toEqual([0, 1]);
    expect(loadsOf(dealt, weightsOf(2))).toEqual([1, 1]);
  });

  it('gives every number to one member, and nobody more than twice the heaviest above another', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
    const members = fc.uniqueArray(
      fc.record({ id: fc.string({ maxLength: 4 }), held: fc.uniqueArray(fc.nat(15), { maxLength: 12 }) }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(members, counts, (each, topics) => {
        const weights = weightsOf(...topics);
        const dealt = dealPartitions(each, weights);
        expect([...dealt.values()].flat().sort((a, b) => a - b)).toEqual([...weights.keys()]);
        expect([...dealt.keys()].sort()).toEqual(each.map(({ id }) => id).sort());
        const loads = loadsOf(dealt, weights);
        // Where all weigh the same, no fairer way exists.
        const slack = new Set(weights).size === 1 ? Math.max(...weights) : 2 * Math.max(...weights);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(slack);
      }),
      { numRuns: 1_000 },
    );
  });
});
