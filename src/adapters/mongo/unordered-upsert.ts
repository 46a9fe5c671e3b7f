import {
  type AnyBulkWriteOperation,
  type BulkWriteResult,
  type Collection,
  MongoBulkWriteError,
  type WriteError,
} from 'mongodb';
import { mongoFailure } from './failures.ts';
import { assertAboutDocuments, bulkAnswer } from './write-errors.ts';

/** What the server says it has done, whether or not all of it went well. */
export interface Upserted {
  /** Operations that made a new document, by their index. */
  readonly inserted: ReadonlySet<number>;
  /** How many of the others changed the document they found. */
  readonly modified: number;
}

const upserted = ({ upsertedIds, modifiedCount }: BulkWriteResult): Upserted => ({
  inserted: new Set(Object.keys(upsertedIds).map(Number)),
  modified: modifiedCount,
});

/**
 * Runs upserts in one unordered bulk, so that a refused one does not stop those behind it.
 * @param onWritten told also of what was written before an outcome became unknown: a repeat does not write that again
 * @returns the refused ones, each with its index into the operations; every other is written, `w: majority`
 * @throws DependencyUnavailableError when it is not certain what was written, or others contend for the documents
 */
export const upsertUnordered = async (
  collection: Collection,
  operations: readonly AnyBulkWriteOperation[],
  onWritten: (written: Upserted) => void,
): Promise<readonly WriteError[]> => {
  if (operations.length === 0) return [];
  try {
    onWritten(upserted(await collection.bulkWrite([...operations], { ordered: false })));
    return [];
  } catch (error) {
    if (error instanceof MongoBulkWriteError) onWritten(upserted(error.result));
    const answer = bulkAnswer(error);
    if (answer === undefined) throw mongoFailure(error);
    assertAboutDocuments(answer);
    return answer;
  }
};
