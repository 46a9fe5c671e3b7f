import { describe, expect, it } from 'vitest';
import type { FetchedChunk } from '../../../src/streams/ports.ts';
import { RecordQueue } from '../../../src/streams/runtime/record-queue.ts';
import { consumed } from '../harness.ts';

const partitionOf = (topic: string) => ({ topic, partition: 0 });

/** Offsets that hold a record; what else lies in [from, next) are markers. */
const chunk = (
  from: number,
  next: number,
  offsets: readonly number[],
  { topic = 'in', at = (offset: number) => offset }: { topic?: string; at?: (offset: number) => number } = {},
): FetchedChunk => ({
  partition: partitionOf(topic),
  from,
  next,
  records: offsets.map((offset) => consumed(offset, { topic, offset, timestamp: at(offset) })),
  highWatermark: next,
});

const queueAt = (offset: number, ...others: string[]): RecordQueue => {
  const topics = ['in', ...others];
  const queue = new RecordQueue(topics.map(partitionOf));
  queue.reset(topics.map((topic) => ({ ...partitionOf(topic), offset })));
  return queue;
};

const offsetsOf = (records: readonly { readonly offset: number }[]): number[] => records.map(({ offset }) => offset);

describe('a record queue', () => {
  it('hands over what came, in order, and the offset behind it', () => {
    const queue = queueAt(10);
    expect(queue.offer(chunk(10, 13, [10, 11, 12]))).toBe('taken');
    expect(queue.offer(chunk(13, 15, [13, 14]))).toBe('taken');
    expect(queue.waiting()).toBe(5);
    const taken = queue.take(100);
    expect(offsetsOf(taken.records)).toEqual([10, 11, 12, 13, 14]);
    expect(taken.offsets).toEqual([{ topic: 'in', partition: 0, offset: 15 }]);
    expect(queue.waiting()).toBe(0);
  });

  it('refuses what comes behind a hole, and tells where to read on', () => {
    const queue = queueAt(10);
    queue.offer(chunk(10, 12, [10, 11]));
    expect(queue.offer(chunk(15, 17, [15, 16]))).toBe('hole');
    expect(queue.position('in')).toBe(12);
    expect(queue.waiting()).toBe(2);
    expect(queue.offer(chunk(12, 17, [12, 13, 14, 15, 16]))).toBe('taken');
    expect(offsetsOf(queue.take(100).records)).toEqual([10, 11, 12, 13, 14, 15, 16]);
  });

  it('takes what it has had already only once', () => {
    const queue = queueAt(10);
    queue.offer(chunk(10, 13, [10, 11, 12]));
    queue.offer(chunk(10, 15, [10, 11, 12, 13, 14]));
    queue.offer(chunk(11, 13, [11, 12]));
    expect(offsetsOf(queue.take(100).records)).toEqual([10, 11, 12, 13, 14]);
    expect(queue.position('in')).toBe(15);
  });

  it('passes transaction markers, and commits behind them', () => {
    const queue = queueAt(0);
    queue.offer(chunk(0, 4, [0, 1, 2]));
    expect(queue.take(100).offsets).toEqual([{ topic: 'in', partition: 0, offset: 4 }]);
  });

  it('commits up to the first record it still holds, markers before that one included', () => {
    const queue = queueAt(0);
    queue.offer(chunk(0, 6, [0, 1, 4, 5]));
    const taken = queue.take(2);
    expect(offsetsOf(taken.records)).toEqual([0, 1]);
    expect(taken.offsets).toEqual([{ topic: 'in', partition: 0, offset: 4 }]);
  });

  it('knows when only markers are left to commit', () => {
    const queue = queueAt(0);
    expect(queue.hasPassedMarkers()).toBe(false);
    queue.offer(chunk(0, 1, []));
    expect(queue.hasPassedMarkers()).toBe(true);
    const taken = queue.take(100);
    expect(taken).toEqual({ records: [], offsets: [{ topic: 'in', partition: 0, offset: 1 }] });
    queue.committed(taken.offsets);
    expect(queue.hasPassedMarkers()).toBe(false);
    expect(queue.take(100).offsets).toEqual([]);
  });

  it('believes a gap before an empty chunk when it is answered with the same again: compaction left it', () => {
    const queue = queueAt(100);
    expect(queue.offer(chunk(106, 107, []))).toBe('hole');
    expect(queue.offer(chunk(106, 107, []))).toBe('taken');
    expect(queue.position('in')).toBe(107);
    expect(queue.offer(chunk(110, 111, []))).toBe('hole');
  });

  it('never believes a gap before records, as those know what was asked for', () => {
    const queue = queueAt(100);
    expect(queue.offer(chunk(106, 107, [106]))).toBe('hole');
    expect(queue.offer(chunk(106, 107, [106]))).toBe('hole');
  });

  it('takes the oldest first over two topics, each in its own order', () => {
    const queue = queueAt(0, 'other');
    queue.offer(chunk(0, 3, [0, 1, 2], { at: (offset) => 100 + offset * 10 }));
    queue.offer(chunk(0, 3, [0, 1, 2], { topic: 'other', at: (offset) => 105 + offset }));
    const taken = queue.take(4);
    expect(taken.records.map(({ topic, offset }) => `${topic}:${String(offset)}`)).toEqual([
      'in:0',
      'other:0',
      'other:1',
      'other:2',
    ]);
    expect(taken.offsets).toEqual([
      { topic: 'in', partition: 0, offset: 1 },
      { topic: 'other', partition: 0, offset: 3 },
    ]);
    expect(queue.waiting()).toBe(2);
    expect(queue.waiting('other')).toBe(0);
  });

  it('gives no offset of a topic nothing has come of', () => {
    const queue = queueAt(7, 'other');
    queue.offer(chunk(7, 8, [7]));
    expect(queue.take(10).offsets).toEqual([{ topic: 'in', partition: 0, offset: 8 }]);
  });

  it('counts as lag what is not committed, also when it has been taken', () => {
    const queue = queueAt(10);
    queue.offer({ ...chunk(10, 12, [10, 11]), highWatermark: 50 });
    expect(queue.lag()).toBe(40);
    const { offsets } = queue.take(10);
    expect(queue.lag()).toBe(40);
    queue.committed(offsets);
    expect(queue.lag()).toBe(38);
  });

  it('tells the lag of each topic', () => {
    const queue = queueAt(10, 'other');
    queue.offer({ ...chunk(10, 12, [10, 11]), highWatermark: 50 });
    expect([...queue.lags()]).toEqual([
      ['in', 40],
      ['other', 0],
    ]);
  });

  it('forgets what is waiting when it begins anew', () => {
    const queue = queueAt(0);
    queue.offer(chunk(0, 5, [0, 1, 2, 3, 4]));
    queue.take(2);
    queue.reset([{ topic: 'in', partition: 0, offset: 2 }]);
    expect(queue.waiting()).toBe(0);
    expect(queue.position('in')).toBe(2);
    queue.offer(chunk(2, 5, [2, 3, 4]));
    expect(offsetsOf(queue.take(10).records)).toEqual([2, 3, 4]);
  });

  it('hands nothing over while the broker is known to have records of another partition', () => {
    const queue = new RecordQueue(['in', 'table'].map(partitionOf));
    queue.reset([
      { ...partitionOf('in'), offset: 0, end: 2 },
      { ...partitionOf('table'), offset: 0, end: 4 },
    ]);
    queue.offer(chunk(0, 2, [0, 1], { at: (offset) => 10 + offset }));
    expect([queue.hasNext(), queue.isHeldUp(), queue.waiting()]).toEqual([false, true, 2]);
    expect(queue.take(10)).toEqual({ records: [], offsets: [] });
    queue.offer(chunk(0, 2, [0, 1], { topic: 'table', at: (offset) => offset }));
    expect(queue.isHeldUp()).toBe(false);
    // Two of the table's are still on their way: they may be older than what the stream has.
    expect(queue.take(10).records.map(({ topic }) => topic)).toEqual(['table', 'table']);
    expect(queue.isHeldUp()).toBe(true);
    queue.offer(chunk(2, 4, [3], { topic: 'table', at: () => 11 }));
    expect(queue.take(10).records.map(({ topic, timestamp }) => [topic, timestamp])).toEqual([
      ['in', 10],
      ['in', 11],
      ['table', 11],
    ]);
  });

  it('waits for no partition that has shown all it had, also where markers are its end', () => {
    const queue = new RecordQueue(['in', 'table'].map(partitionOf));
    queue.reset([
      { ...partitionOf('in'), offset: 0, end: 0 },
      { ...partitionOf('table'), offset: 3, end: 5 },
    ]);
    queue.offer(chunk(0, 1, [0]));
    expect(queue.hasNext()).toBe(false);
    queue.offer(chunk(3, 5, [], { topic: 'table' }));
    expect(queue.hasNext()).toBe(true);
    expect(offsetsOf(queue.take(10).records)).toEqual([0]);
  });

  it('leaves alone what is not its own', () => {
    const queue = queueAt(0);
    expect(queue.offer(chunk(5, 6, [5], { topic: 'stranger' }))).toBe('taken');
    expect(queue.waiting()).toBe(0);
  });

  it('wakes who waits for a chunk, and tells when none came', async () => {
    const queue = queueAt(0);
    const woken = queue.changed(60_000);
    queue.offer(chunk(0, 1, [0]));
    expect(await woken).toBe('woken');
    const awaited = queue.changed(60_000);
    queue.wake();
    expect(await awaited).toBe('woken');
    expect(await queue.changed(1)).toBe('timeout');
  });
});
