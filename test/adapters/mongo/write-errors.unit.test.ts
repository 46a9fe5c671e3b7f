import { MongoBulkWriteError, MongoNetworkError, type WriteError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { assertAboutDocuments, bulkAnswer } from '../../../src/adapters/mongo/write-errors.ts';

const refused = { index: 3, code: 121, errmsg: 'Document failed validation' } as unknown as WriteError;

/** As the driver makes them: `bulk/common.ts` in its sources. */
const resultWith = (writeConcernError?: object) => ({ getWriteConcernError: () => writeConcernError }) as never;

describe('a rejected bulk', () => {
  test('is an answer when documents were refused and nothing else', () => {
    const error = new MongoBulkWriteError({ message: 'x', code: 121, writeErrors: [refused] }, resultWith());
    expect(bulkAnswer(error)).toEqual([refused]);
  });

  test('is none when the majority was not reached, whatever was refused besides', () => {
    const late = resultWith({ code: 64, errmsg: 'waiting for replication timed out' });
    expect(
      bulkAnswer(new MongoBulkWriteError({ message: 'x', code: 121, writeErrors: [refused] }, late)),
    ).toBeUndefined();
    expect(bulkAnswer(new MongoBulkWriteError({ message: 'x', code: 64 }, late))).toBeUndefined();
  });

  test('is none when the connection broke', () => {
    expect(bulkAnswer(new MongoBulkWriteError(new MongoNetworkError('gone'), resultWith()))).toBeUndefined();
    expect(bulkAnswer(new MongoNetworkError('gone'))).toBeUndefined();
  });
});

describe('errors of single documents', () => {
  const duplicate = { index: 1, code: 11_000, errmsg: 'E11000' } as unknown as WriteError;
  const conflict = { index: 2, code: 112, errmsg: 'WriteConflict' } as unknown as WriteError;

  test('are for the caller to judge where they are about the documents', () => {
    expect(() => assertAboutDocuments([])).not.toThrow();
    expect(() => assertAboutDocuments([refused, duplicate])).not.toThrow();
  });

  test('mean that the same may succeed later where one is not', () => {
    expect(() => assertAboutDocuments([refused, conflict])).toThrow(DependencyUnavailableError);
    expect(() => assertAboutDocuments([refused, conflict])).toThrow(
      expect.objectContaining({ retryable: true, facts: expect.objectContaining({ code: 112 }) }),
    );
  });
});
