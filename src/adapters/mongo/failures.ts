import { MongoBulkWriteError, MongoError, MongoInvalidArgumentError, MongoParseError } from 'mongodb';
import { DependencyUnavailableError, PointsError, toError } from '../../common/errors.ts';

const mistakes = [MongoInvalidArgumentError, MongoParseError];

/** A deadline of ours, made with `AbortSignal.timeout`. */
const isDeadline = (error: Error): boolean => error.name === 'TimeoutError' || error.name === 'AbortError';

/**
 * What a rejected call on MongoDB means to our callers.
 *
 * Whatever the server or the network says, other than about a single document, may be otherwise later, and what a write
 * did is then unknown: `DependencyUnavailableError`. What is left is a mistake in our own code, and is given back as it is.
 */
export const mongoFailure = (thrown: unknown): Error => {
  const error = toError(thrown);
  if (error instanceof PointsError || mistakes.some((mistake) => error instanceof mistake)) return error;
  if (!(error instanceof MongoError) && !isDeadline(error)) return error;
  const code = error instanceof MongoError ? error.code : undefined;
  return new DependencyUnavailableError('MongoDB', {
    facts: { error: error.name, code, detail: error.message },
    // A bulk error carries the documents that were to be written, and a logger prints every field of a cause.
    ...(error instanceof MongoBulkWriteError ? {} : { cause: error }),
  });
};

/** Runs calls on MongoDB; what they reject with is put through `mongoFailure`. */
export const onMongo = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    throw mongoFailure(thrown);
  }
};
