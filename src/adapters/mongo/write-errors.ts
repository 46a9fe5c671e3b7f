import { MongoBulkWriteError, type WriteError } from 'mongodb';

/** Codes of the server about a single document. */
export const writeErrorCodes = { duplicateKey: 11_000, documentRefused: 121 } as const;

/**
 * What a rejected bulk says about single documents; undefined when it is no answer, since the driver makes the same
 * error of a broken connection and of a write concern that was not met. Only an answer has write errors of its own and
 * no write-concern error beside them: then every document that is not named is written.
 */
export const bulkAnswer = (thrown: unknown): readonly WriteError[] | undefined => {
  if (!(thrown instanceof MongoBulkWriteError) || thrown.result.getWriteConcernError() !== undefined) return undefined;
  const writeErrors = [thrown.writeErrors].flat();
  return writeErrors.length === 0 ? undefined : writeErrors;
};
