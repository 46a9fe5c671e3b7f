/** A record batch as kafkajs reads it from the wire: what is of use here. */
export interface DecodedBatch {
  readonly firstOffset: string;
  readonly lastOffsetDelta: number;
  readonly records: { readonly offset: string }[];
}

/**
 * Compaction may take the last records out of a batch, or all of them, and leave the batch where it stood. kafkajs knows
 * only the records, so it would ask for what is gone again and again. A marker-like record in the last one's place, which
 * is shown to nobody, tells how far the batch goes.
 */
export function withEnd<B extends DecodedBatch>(batch: B): B {
  const { firstOffset, lastOffsetDelta, records } = batch;
  const end = String(Number(firstOffset) + lastOffsetDelta);
  if (records.at(-1)?.offset !== end) {
    records.push(Object.assign(standIn(batch), { offset: end }));
  }
  return batch;
}

const standIn = (batchContext: DecodedBatch) => ({
  ...{ key: null, value: null, headers: {}, timestamp: '0', attributes: 0, isControlRecord: true },
  batchContext,
});
