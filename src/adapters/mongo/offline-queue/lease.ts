import { type Collection, type Document, MongoServerError } from 'mongodb';
import { onMongo } from '../failures.ts';
import { writeErrorCodes } from '../write-errors.ts';

/** Something that one of several instances has for a while; by the server's clock, so that theirs do not matter. */
export interface Lease {
  /** Takes it, or has it for another while; false where another instance has it. @throws DependencyUnavailableError */
  hold(): Promise<boolean>;
  /** @throws DependencyUnavailableError; then it ends by itself */
  letGo(): Promise<void>;
}

export interface LeaseOptions {
  readonly collection: Collection<Document & { _id: string }>;
  /** The `_id` of its document. */
  readonly name: string;
  /** Names the instance that asks. */
  readonly holder: string;
  /** Milliseconds. */
  readonly durationMs: number;
}

export const createLease = ({ collection, name, holder, durationMs }: LeaseOptions): Lease => ({
  hold: () =>
    onMongo(async () => {
      // What is absent is less than any date.
      const isFree = { $or: [{ $eq: ['$holder', holder] }, { $lte: ['$expires_at', '$$NOW'] }] };
      const ifFree = (value: unknown, otherwise: string) => ({ $cond: [isFree, value, otherwise] });
      const holding = {
        holder: ifFree({ $literal: holder }, '$holder'),
        expires_at: ifFree({ $add: ['$$NOW', durationMs] }, '$expires_at'),
      };
      try {
        const options = { upsert: true, returnDocument: 'after' } as const;
        const found = await collection.findOneAndUpdate({ _id: name }, [{ $set: holding }], options);
        return found?.['holder'] === holder;
      } catch (error) {
        // Another instance has made it at the same moment.
        if (error instanceof MongoServerError && error.code === writeErrorCodes.duplicateKey) return false;
        throw error;
      }
    }),
  letGo: () =>
    onMongo(async () => {
      await collection.deleteOne({ _id: name, holder });
    }),
});
