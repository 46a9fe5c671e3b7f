import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Records of one transaction that was given up: nobody may see an offset from `from` to `to`, both included. */
export interface AbortedRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What a partition's log tells about the transactions that wrote to it. */
export interface Transactions {
  readonly committed: number;
  /** Given up, with or without records in this partition. */
  readonly aborted: number;
  readonly ranges: readonly AbortedRange[];
}

interface Batch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** Of the mark that ends a transaction; undefined for records. */
  readonly ends: 'abort' | 'commit' | undefined;
}

/** Places in a batch, as "Record Batch" in Kafka's documentation gives them. */
const at = { length: 8, attributes: 21, lastOffsetDelta: 23, producerId: 43, records: 61 } as const;
const lengthCoversFrom = 12;
const transactionalBit = 0x10;
const controlBit = 0x20;

/** Skips a number of variable length. */
const behindVarint = (bytes: Buffer, from: number): number => {
  let next = from;
  while (((bytes[next] ?? 0) & 0x80) !== 0) next += 1;
  return next + 1;
};

/** The key of a control record: a version, and a type that is 0 for abort and 1 for commit. */
const endOf = (batch: Buffer): 'abort' | 'commit' => {
  let position = behindVarint(batch, at.records); // length
  position += 1; // attributes
  for (const _skipped of ['timestamp delta', 'offset delta', 'key length']) position = behindVarint(batch, position);
  return batch.readInt16BE(position + 2) === 1 ? 'commit' : 'abort';
};

/** The batches of a segment file; a torn one at its end is left out. */
export function* batchesOf(bytes: Buffer): Generator<Batch> {
  for (let position = 0; position + at.records <= bytes.length; ) {
    const end = position + lengthCoversFrom + bytes.readInt32BE(position + at.length);
    if (end > bytes.length || end <= position + lengthCoversFrom) return;
    const batch = bytes.subarray(position, end);
    const attributes = batch.readInt16BE(at.attributes);
    const baseOffset = Number(batch.readBigInt64BE(0));
    yield {
      baseOffset,
      lastOffset: baseOffset + batch.readInt32BE(at.lastOffsetDelta),
      producerId: batch.readBigInt64BE(at.producerId),
      isTransactional: (attributes & transactionalBit) !== 0,
      ends: (attributes & controlBit) === 0 ? undefined : endOf(batch),
    };
    position = end;
  }
}

/** Every producer's open batches, until a mark says what they were. */
export const transactionsIn = (partition: number, batches: Iterable<Batch>): Transactions => {
  const open = new Map<bigint, Batch[]>();
  const ranges: AbortedRange[] = [];
  const counts = { commit: 0, abort: 0 };
  for (const batch of batches) {
    if (!batch.isTransactional) continue;
    if (batch.ends === undefined) {
      open.set(batch.producerId, [...(open.get(batch.producerId) ?? []), batch]);
      continue;
    }
    counts[batch.ends] += 1;
    if (batch.ends === 'abort') {
      for (const { baseOffset, lastOffset } of open.get(batch.producerId) ?? []) {
        ranges.push({ partition, from: baseOffset, to: lastOffset });
      }
    }
    open.delete(batch.producerId);
  }
  return { committed: counts.commit, aborted: counts.abort, ranges };
};

/** Reads a partition's segments where a broker keeps them, with nothing of Kafka's in between. */
export const readTransactions = async (logDir: string, topic: string, partition: number): Promise<Transactions> => {
  const folder = join(logDir, `${topic}-${String(partition)}`);
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const batches: Batch[] = [];
  for (const segment of segments) batches.push(...batchesOf(await readFile(join(folder, segment))));
  return transactionsIn(partition, batches);
};
