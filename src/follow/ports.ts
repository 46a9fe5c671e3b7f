import type { ConsumedRecord, TopicPartition } from '../streams/ports.ts';
import type { Hop } from './hop.ts';

/** Where a partition's records of a time are. */
export interface OffsetsAt {
  /** By partition, the offset of the first record of that time or later; the end where there is none. */
  since(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>;
}

/** Reads committed records of a partition in [from, to), in order. */
export interface FollowedTopicReader extends OffsetsAt {
  /** Offsets [low, high) that there are, by partition. @throws DependencyUnavailableError */
  ends(topic: string): Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>>;
  read(
    place: TopicPartition,
    range: { readonly from: number; readonly to: number; readonly signal: AbortSignal },
    onBatch: (records: readonly ConsumedRecord[]) => Promise<void>,
  ): Promise<void>;
}

/** What a record says in words; says so where it cannot be read. */
export interface RecordReader {
  read(record: ConsumedRecord): Promise<{
    readonly what: string;
    readonly eventId: string | null;
    readonly correlationId: string | null;
    readonly merchantId: string | null;
    readonly customerId: string | null;
  }>;
}

/** Documents that follow from records. @throws DependencyUnavailableError */
export interface FollowedDocuments {
  of(correlationId: string, merchantId: string, customerId: string): Promise<readonly Hop[]>;
}
