import type { Collection } from 'mongodb';
import type { PutOutcome } from '../../../ingress/ports.ts';
import { integerOf } from '../bson.ts';
import { type QueueDocument, queueKey } from './offline-queue-documents.ts';
import type { QueueStates } from './offline-queue-state.ts';
import { insertUnordered } from '../unordered-insert.ts';
import { writeErrorCodes } from '../write-errors.ts';

export interface QueuePut {
  readonly document: QueueDocument;
  readonly isBlocked: boolean;
}

export interface PutOptions {
  readonly queue: Collection;
  readonly states: QueueStates;
  readonly limit: number;
  /** Names this put among those under way. */
  readonly id: string;
}

/** Which of the documents are in the queue already; asked merchant by merchant, so that one index serves. */
const waitingKeys = async (queue: Collection, documents: readonly QueueDocument[]): Promise<ReadonlySet<string>> => {
  const byMerchant = Map.groupBy(documents, ({ merchant_id }) => merchant_id.toString());
  const $or = [...byMerchant.values()].map((ofMerchant) => ({
    merchant_id: ofMerchant[0]?.merchant_id,
    idempotency_token: { $in: ofMerchant.map(({ idempotency_token }) => idempotency_token) },
  }));
  const projection = { _id: 0, merchant_id: 1, idempotency_token: 1 };
  return new Set((await queue.find({ $or }, { projection }).toArray()).map(queueKey));
};

/** The first of those that are the same, and none that waits already. */
const freshOf = (documents: readonly QueueDocument[], known: ReadonlySet<string>): readonly QueueDocument[] => {
  const first = new Map(documents.toReversed().map((document) => [queueKey(document), document]));
  return documents.filter((document) => !known.has(queueKey(document)) && first.get(queueKey(document)) === document);
};

/**
 * Puts documents in their order; one that waits already is not put again, and where not all find room, the last ones do not.
 * Room is taken first, so that the limit is never passed; whoever is killed before it is settled takes it along until the
 * queue is counted anew.
 * @returns an outcome for each; `refused` by the validator
 */
export const putDocuments = async (
  puts: readonly QueuePut[],
  { queue, states, limit, id }: PutOptions,
): Promise<readonly (PutOutcome | 'refused')[]> => {
  const documents = puts.map(({ document }) => document);
  const known = await waitingKeys(queue, documents);
  const fresh = freshOf(documents, known);
  const isBlocked = puts.some((put) => put.isBlocked);
  const { granted, after } = await states.reserve(id, fresh.length, { limit, isBlocked });
  const roomFor = fresh.slice(0, granted);
  const numbered = roomFor.map((document, index) => ({ ...document, arrival: integerOf(after + index + 1) }));
  const errors = await insertUnordered(queue, numbered);
  if (granted > 0) await states.settle(id, errors.length);

  const outcomes = new Map<QueueDocument, PutOutcome | 'refused'>(roomFor.map((document) => [document, 'taken']));
  const there = new Set([...known, ...roomFor.map(queueKey)]);
  for (const { index, code } of errors) {
    const document = roomFor[index];
    // Another instance has put the same at the same moment.
    if (document !== undefined) outcomes.set(document, code === writeErrorCodes.duplicateKey ? 'there' : 'refused');
  }
  return documents.map((document) => outcomes.get(document) ?? (there.has(queueKey(document)) ? 'there' : 'full'));
};
