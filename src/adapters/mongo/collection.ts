import type { Document } from 'mongodb';
import { PointsError } from '../../common/errors.ts';

export interface IndexDeclaration {
  readonly name: string;
  /** 1 ascending, -1 descending; the order of the fields counts. */
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
  /** Leaves out documents that have none of its fields. */
  readonly sparse?: true;
  /** Only the documents that match it are in the index, and unique among each other. */
  readonly partialFilterExpression?: Document;
  /** Removes a document so many seconds after the date in the index's only field. */
  readonly expireAfterSeconds?: number;
}

/** A collection as it must be on the server: `setUpMongo` makes it so. */
export interface CollectionDeclaration {
  readonly name: string;
  /** Fields the collection is, or may come to be, sharded by; null where it is small and stays on one shard. */
  readonly shardKey: readonly string[] | null;
  readonly validator: Document;
  readonly indexes: readonly IndexDeclaration[];
}

/** A unique index that a sharded collection would refuse. */
export class NotShardableError extends PointsError {
  readonly code = 'NOT_SHARDABLE';
}

/**
 * Each shard keeps only its own part unique, so every unique index has to begin with the shard key.
 * @throws NotShardableError naming the first collection and index that do not
 */
export const assertShardable = (collections: readonly CollectionDeclaration[]): void => {
  for (const { name: collection, shardKey, indexes } of collections) {
    if (shardKey === null) continue;
    for (const { name: index, key, unique } of indexes) {
      const fields = Object.keys(key);
      if (unique !== true || shardKey.every((field, position) => fields[position] === field)) continue;
      throw new NotShardableError(`Unique index ${index} of ${collection} does not begin with its shard key`, {
        facts: { collection, index, shard_key: shardKey.join(', ') },
      });
    }
  }
};
