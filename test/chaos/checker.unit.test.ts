import { describe, expect, test } from 'vitest';
import { type FindingKind, judge, type Observed, type OutputRow, type RunFacts } from './checker.ts';

/** Four keys on two partitions; keys 0 and 2 on the first, 1 and 3 on the second; 40 records, each key in turn. */
const input = Array.from({ length: 40 }, (_, value) => ({
  partition: value % 2,
  offset: Math.floor(value / 2),
  key: String(value % 4),
  value,
}));
/** Two places a transaction: one in three was given up, and each has a mark. */
const output: readonly OutputRow[] = input.map((row) => ({
  ...row,
  offset: row.offset * 3 + 2,
  count: Math.floor(row.value / 4) + 1,
}));
const changelog = output.map(({ partition, offset, key, count }) => ({ partition, offset, key, count }));
const wanted = new Map([
  ['broker killed', 1],
  ['EndTxn answer cut', 2],
]);
const good: RunFacts = { acknowledged: input, recordsWanted: 40, amidFaults: 30, faults: wanted, faultsWanted: wanted };
const right: Observed = {
  ...{ input, output, changelog, deadLetters: 0 },
  groups: [0, 1].map((partition) => ({ group: 'copy', partition, offset: 20 })),
  aborted: [{ partition: 0, from: 0, to: 1 }],
};

const kindsOf = (observed: Partial<Observed>, facts: Partial<RunFacts> = {}): readonly FindingKind[] => [
  ...new Set(judge({ ...good, ...facts }, { ...right, ...observed }).map(({ kind }) => kind)),
];
const without = <Item>(items: readonly Item[], index: number): Item[] => items.filter((_, at) => at !== index);
const changed = <Item>(items: readonly Item[], index: number, change: Partial<Item>): Item[] =>
  items.map((item, at) => (at === index ? { ...item, ...change } : item));
/** The two records change places in the topic. */
const reordered = (one: number, other: number): OutputRow[] =>
  changed(changed(output, one, { offset: output[other]!.offset }), other, { offset: output[one]!.offset });
const everyPlace = input.map(({ value }) => value);

describe('the checker of the copy', () => {
  test('finds nothing in a right run, in whatever order it is read', () => {
    expect(judge(good, right)).toEqual([]);
    expect(
      judge(good, {
        ...right,
        output: [...output].reverse(),
        changelog: [...changelog].reverse(),
        input: [...input].reverse(),
      }),
    ).toEqual([]);
  });

  test('lets a record be there that was never acknowledged, for that is unknown', () => {
    expect(judge({ ...good, acknowledged: input.slice(0, 39), recordsWanted: 39 }, right)).toEqual([]);
  });

  test('wants what a producer stored twice copied twice', () => {
    const twice = [...input, { ...input[5]!, offset: 20 }];
    const copied = [...output, { ...output[5]!, offset: 62, count: 11 }];
    const counted = [...changelog, { ...changelog[5]!, offset: 62, count: 11 }];
    const groups = changed(right.groups, 1, { offset: 21 });
    expect(judge(good, { ...right, input: twice, output: copied, changelog: counted, groups })).toEqual([]);
    expect(kindsOf({ input: twice, output, changelog: counted, groups })).toEqual(['lost']);
    expect(kindsOf({ input: twice, output: [...copied, { ...copied[40]!, offset: 65, count: 12 }], groups })).toContain(
      'doubled',
    );
  });

  test('lets a changelog tell of every key only the last', () => {
    expect(judge(good, { ...right, changelog: changelog.slice(-4) })).toEqual([]);
  });

  test('calls a run invalid that had too few records, too little work, too few faults of a kind, or none given up', () => {
    expect(kindsOf({}, { acknowledged: input.slice(1) })).toEqual(['invalid-run']);
    expect(kindsOf({}, { amidFaults: 9 })).toEqual(['invalid-run']);
    expect(kindsOf({}, { faults: new Map([['broker killed', 5]]) })).toEqual(['invalid-run']);
    expect(kindsOf({}, { faults: new Map([...wanted, ['EndTxn answer cut', 1]]) })).toEqual(['invalid-run']);
    expect(kindsOf({}, { faultsWanted: new Map() })).toEqual(['invalid-run']);
    expect(kindsOf({ aborted: [] })).toEqual(['invalid-run']);
    expect(kindsOf({ input: [], output: [], changelog: [] }, { acknowledged: [], recordsWanted: 0 })).toContain(
      'invalid-run',
    );
  });
});

describe('the checker of the copy sees planted in the output', () => {
  test.each(everyPlace)('record %i dropped', (index) => {
    expect(kindsOf({ output: without(output, index) })).toContain('lost');
  });

  test.each(everyPlace)('record %i dropped so that the counts agree', (index) => {
    const { key } = output[index]!;
    const closed = output.map((row) => (row.key === key && row.value > index ? { ...row, count: row.count - 1 } : row));
    expect(kindsOf({ output: without(closed, index) })).toEqual(['lost']);
  });

  test.each(everyPlace)('record %i doubled', (index) => {
    expect(kindsOf({ output: [...output, { ...output[index]!, offset: 1_000 + index }] })).toContain('doubled');
  });

  test.each(everyPlace)('record %i doubled right behind itself, and counted', (index) => {
    const row = output[index]!;
    const behind = output.map((each) =>
      each.key === row.key && each.value > index ? { ...each, count: each.count + 1 } : each,
    );
    const planted = [...behind, { ...row, offset: row.offset + 1, count: row.count + 1 }];
    expect(kindsOf({ output: planted })).toEqual(expect.arrayContaining(['doubled', 'order']));
  });

  test.each(everyPlace)('record %i with a count of one more, or one less', (index) => {
    const { count } = output[index]!;
    expect(kindsOf({ output: changed(output, index, { count: count + 1 }) })).toEqual(['count']);
    expect(kindsOf({ output: changed(output, index, { count: count - 1 }) })).toEqual(['count']);
  });

  test.each(everyPlace)('record %i with a value of one more', (index) => {
    expect(kindsOf({ output: changed(output, index, { value: index + 1 }) })).toContain('lost');
  });

  test.each(everyPlace.slice(0, 38))('record %i and the next of its partition with their keys swapped', (index) => {
    const [one, other] = [output[index]!, output[index + 2]!];
    const planted = changed(changed(output, index, { key: other.key }), index + 2, { key: one.key });
    expect(kindsOf({ output: planted })).toContain('different');
  });

  test.each(everyPlace.slice(0, 36))('record %i and the next of its key reordered', (index) => {
    expect(kindsOf({ output: reordered(index, index + 4) })).toContain('order');
  });

  test.each(everyPlace.slice(0, 36))('record %i and the next of its key reordered, with right counts', (index) => {
    const planted = reordered(index, index + 4);
    const [one, other] = [planted[index]!, planted[index + 4]!];
    const counted = changed(changed(planted, index, { count: other.count }), index + 4, { count: one.count });
    expect(kindsOf({ output: counted })).toEqual(['order']);
  });

  test('the tail cut', () => {
    expect(kindsOf({ output: output.slice(0, 36) })).toEqual(['lost']);
    expect(kindsOf({ output: [] })).toEqual(['lost']);
  });

  test('a record that nobody sent', () => {
    expect(kindsOf({ output: [...output, { partition: 0, offset: 999, key: '0', value: 44, count: 11 }] })).toEqual([
      'unknown',
    ]);
  });

  test('a record in another partition', () => {
    expect(kindsOf({ output: changed(output, 0, { partition: 1, offset: 0 }) })).toContain('different');
  });

  test('a record of a transaction that was given up', () => {
    expect(kindsOf({ aborted: [{ partition: 0, from: 1, to: 2 }] })).toEqual(['aborted']);
  });
});

describe('the checker of the copy sees planted elsewhere', () => {
  test.each([36, 37, 38, 39])('the last entry %i of a key dropped, one more or one less in the changelog', (index) => {
    expect(kindsOf({ changelog: without(changelog, index) })).toEqual(['changelog']);
    expect(kindsOf({ changelog: changed(changelog, index, { count: 11 }) })).toEqual(['changelog']);
    expect(kindsOf({ changelog: changed(changelog, index, { count: 9 }) })).toEqual(['changelog']);
  });

  test('a changelog that falls back or stands, is in another partition, or tells of a key that nobody sent', () => {
    expect(kindsOf({ changelog: changed(changelog, 20, { count: 2 }) })).toEqual(['changelog']);
    expect(kindsOf({ changelog: changed(changelog, 20, { count: 5 }) })).toEqual(['changelog']);
    const moved = changelog.map((row) => (row.key === '0' ? { ...row, partition: 1 } : row));
    expect(kindsOf({ changelog: moved })).toEqual(['changelog']);
    expect(kindsOf({ changelog: changed(changelog, 20, { key: 'other' }) })).toEqual(['changelog']);
    expect(kindsOf({ changelog: [] })).toEqual(['changelog']);
  });

  test.each([0, 1])(
    'a group that skipped or has not read an offset of partition %i, or never committed',
    (partition) => {
      for (const offset of [19, 21, null]) {
        expect(kindsOf({ groups: changed(right.groups, partition, { offset }) })).toEqual(['offset']);
      }
      expect(kindsOf({ groups: without(right.groups, partition) })).toEqual(['offset']);
    },
  );

  test('no group, and two', () => {
    expect(kindsOf({ groups: [] })).toEqual(['offset']);
    expect(kindsOf({ groups: [...right.groups, { group: 'other', partition: 0, offset: 20 }] })).toEqual(['offset']);
  });

  test('an acknowledged record that the input has lost, or has somewhere else', () => {
    expect(kindsOf({ input: without(input, 7), output: without(output, 7) })).toContain('input');
    expect(kindsOf({}, { acknowledged: changed(input, 7, { offset: 5 }) })).toEqual(['input']);
  });

  test('a dead letter', () => {
    expect(kindsOf({ deadLetters: 1 })).toEqual(['dead-letter']);
  });
});
