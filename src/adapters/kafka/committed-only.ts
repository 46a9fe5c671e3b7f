/** What of a fetched message tells whether its transaction was committed; as kafkajs reads it from the wire. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  /** A transaction's marker, written by the broker. */
  readonly isControlRecord?: boolean;
  /** Of the record batch it stands in; undefined in the message format of before Kafka 0.11, which knows no transactions. */
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A transaction that was aborted, as the broker tells with what it aborted. */
export interface AbortedTransaction {
  readonly producerId: string;
  /** Where its first record stands. */
  readonly firstOffset: string;
}

const abortType = 0;
/** A marker's key: its version and its type, 16 bits each. */
const isAbort = ({ key }: FetchedMessage): boolean =>
  key !== null && key.length >= 4 && key.readInt16BE(2) === abortType;

/**
 * Leaves out the records of aborted transactions; markers stay. The broker names the transactions in the order of their
 * markers, which is not that of their beginnings where several producers write to one partition; and a producer's
 * transaction ends with a marker of that producer, whatever keys its records have.
 */
export function committedOnly<M extends FetchedMessage>(
  messages: readonly M[],
  aborted: readonly AbortedTransaction[],
): readonly M[] {
  if (aborted.length === 0) return messages;
  const begins = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((one, other) => one.firstOffset - other.firstOffset);
  const open = new Set<string>();
  let begun = 0;
  return messages.filter((message) => {
    const offset = Number(message.offset);
    for (let next = begins[begun]; next !== undefined && next.firstOffset <= offset; next = begins[begun]) {
      open.add(next.producerId);
      begun += 1;
    }
    const { batchContext } = message;
    if (batchContext === undefined) return true;
    if (message.isControlRecord === true) {
      if (isAbort(message)) open.delete(batchContext.producerId);
      return true;
    }
    return !(batchContext.inTransaction && open.has(batchContext.producerId));
  });
}
