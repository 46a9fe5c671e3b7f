import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  type BulkWriteResult,
} from 'mongodb';
import { describe, expect, test } from 'vitest';
import { mongoFailure, onMongo } from '../../../src/adapters/mongo/failures.ts';
import { ConfigError, DependencyUnavailableError } from '../../../src/common/errors.ts';

describe('a failed call on MongoDB', () => {
  test.each([
    new MongoNetworkError('connection 1 closed'),
    new MongoServerSelectionError('no primary', {} as never),
    new MongoServerError({ message: 'not primary', code: 10_107 }),
    new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
  ])('can be made again after %s', (error) => {
    const failure = mongoFailure(error);
    expect(failure).toBeInstanceOf(DependencyUnavailableError);
    expect(failure).toMatchObject({ retryable: true, facts: { dependency: 'MongoDB' }, cause: error });
  });

  test('does not carry on the documents of a bulk', () => {
    const result = { insertedIds: { 0: 'secret' } } as unknown as BulkWriteResult;
    const failure = mongoFailure(new MongoBulkWriteError(new MongoNetworkError('connection 1 closed'), result));
    expect(failure.cause).toBeUndefined();
    expect(failure).toMatchObject({ facts: { error: 'MongoBulkWriteError', detail: 'connection 1 closed' } });
  });

  test('stays what it is when the fault is ours', () => {
    for (const error of [new MongoInvalidArgumentError('x'), new TypeError('x'), new ConfigError(['x'])]) {
      expect(mongoFailure(error)).toBe(error);
    }
  });

  test('is told by whoever runs calls', async () => {
    await expect(onMongo(() => Promise.reject(new MongoNetworkError('gone')))).rejects.toThrow(
      DependencyUnavailableError,
    );
    expect(await onMongo(() => Promise.resolve(7))).toBe(7);
  });
});
