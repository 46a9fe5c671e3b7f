import { MongoBulkWriteError, type WriteError } from 'mongodb';
import { DependencyUnavailableError } from '../../common/errors.ts';

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

const aboutDocuments: readonly unknown[] = Object.values(writeErrorCodes);

/**
 * @throws DependencyUnavailableError when one of the errors is not about its document, but a write conflict, a full
 *   disk, a lost primary: then the same may succeed later
 */
export const assertAboutDocuments = (errors: readonly WriteError[]): void => {
  const other = errors.find(({ code }) => !aboutDocuments.includes(code));
  if (other === undefined) return;
  throw new DependencyUnavailableError('MongoDB', { facts: { code: other.code, detail: other.errmsg } });
};
