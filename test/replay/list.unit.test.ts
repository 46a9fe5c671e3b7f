import { describe, expect, it } from 'vitest';
import { findDeadLetter, listDeadLetters } from '../../src/replay/list.ts';
import { everything } from '../../src/replay/selection.ts';
import type { ConsumedRecord, StreamAdmin } from '../../src/streams/ports.ts';
import { deadLetter } from './records.ts';

const perPartition = 1_200;

/** Two partitions of points.dlq, whose dead letters died in turns; the first hundred are gone by retention. */
const rigOf = () => {
  let read = 0;
  const letters = [0, 1].flatMap((partition) =>
    Array.from({ length: perPartition }, (_, offset): ConsumedRecord => {
      const code = offset % 3 === 0 ? 'INTERNAL' : 'UNKNOWN_MERCHANT';
      return deadLetter({ partition, offset, timestamp: 2 * offset + partition }, { code });
    }),
  );
  const source: Pick<StreamAdmin, 'read' | 'offsets'> = {
    offsets: async () => ({ low: 100, high: perPartition }),
    read: async ({ partition }, { from, to }, onBatch) => {
      const own = letters.filter((each) => each.partition === partition);
      for (let at = from; at < to; at += 50) {
        const end = Math.min(at + 50, to);
        read += end - at;
        await onBatch(own.slice(at, end), end);
      }
    },
  };
  return { source, read: () => read };
};

const places = (letters: readonly { readonly partition: number; readonly offset: number }[]): readonly string[] =>
  letters.map(({ partition, offset }) => `${String(partition)}/${String(offset)}`);

describe('dead letters that are listed', () => {
  it('are the oldest of all partitions, and no more is read than it takes', async () => {
    const { source, read } = rigOf();
    const found = await listDeadLetters(source, 2, { selection: everything, limit: 3, newestFirst: false });
    expect(places(found)).toEqual(['0/100', '1/100', '0/101']);
    expect(read()).toBe(100);
  });

  it('are the newest of all partitions, read from their ends', async () => {
    const { source, read } = rigOf();
    const found = await listDeadLetters(source, 2, { selection: everything, limit: 3, newestFirst: true });
    expect(places(found)).toEqual(['1/1199', '0/1199', '1/1198']);
    expect(read()).toBe(1_000);
  });

  it('are those that are meant, however far one has to look', async () => {
    const { source } = rigOf();
    const selection = { ...everything, errors: ['INTERNAL'] };
    const found = await listDeadLetters(source, 2, { selection, limit: 1_000, newestFirst: true });
    expect(found).toHaveLength(2 * 366);
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['INTERNAL']));
    expect(places(found.slice(0, 2))).toEqual(['1/1197', '0/1197']);
    expect(places(found.slice(-1))).toEqual(['0/102']);
  });

  it('are found by their place, unless nothing is there', async () => {
    const { source } = rigOf();
    expect(await findDeadLetter(source, { partition: 1, offset: 500 })).toMatchObject({ partition: 1, offset: 500 });
    expect(await findDeadLetter(source, { partition: 1, offset: 99 })).toBeUndefined();
    expect(await findDeadLetter(source, { partition: 1, offset: perPartition })).toBeUndefined();
  });
});
