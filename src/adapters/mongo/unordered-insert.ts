import type { Collection, Document, WriteError } from 'mongodb';
import { mongoFailure } from './failures.ts';
import { bulkAnswer } from './write-errors.ts';

/**
 * Inserts the documents in one unordered bulk, so that a refused one does not stop those behind it.
 * @returns the refused ones, each with its index into the documents; every other document is written, `w: majority`
 * @throws DependencyUnavailableError when it is not certain what was written
 */
export const insertUnordered = async (
  collection: Collection,
  documents: readonly Document[],
): Promise<readonly WriteError[]> => {
  if (documents.length === 0) return [];
  try {
    await collection.insertMany([...documents], { ordered: false });
    return [];
  } catch (error) {
    const answer = bulkAnswer(error);
    if (answer === undefined) throw mongoFailure(error);
    return answer;
  }
};
