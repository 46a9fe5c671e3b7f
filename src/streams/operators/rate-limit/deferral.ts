import type { ConsumedRecord, Headers } from '../../record.ts';
import type { StoreDefinition } from '../../state/store.ts';
import { deferralSerde } from './deferral-serde.ts';

/** A record that waits for its turn. */
export interface DeferredRecord {
  readonly kind: 'record';
  /** What was read from the topic: a dead letter carries its bytes, whenever it is written. */
  readonly source: ConsumedRecord;
  /** The record's own time, which need not be its source's; milliseconds since the epoch. */
  readonly timestamp: number;
  /** The record as it came to the operator; null where that is what its source's bytes say. */
  readonly changed: SerializedRecord | null;
}

export interface SerializedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** Which records of a key wait: the sequence numbers from `head` up to and without `tail`. */
export interface WaitingQueue {
  readonly kind: 'queue';
  readonly head: number;
  readonly tail: number;
}

/** What the store of a rate limit holds. */
export type Deferral = DeferredRecord | WaitingQueue;

/**
 * The store in which records wait for a rate limit. It holds an entry for each record, and one for each key that has
 * any: those lie together, so that a task that begins learns who waits without reading what waits.
 */
export const deferralStore = (name: string): StoreDefinition<Deferral> => ({ name, valueSerde: deferralSerde });

/** All queues. */
export const everyQueue = { from: 'm!', to: 'm"' } as const;

const queuePrefix = everyQueue.from;

export const queueKey = (key: string): string => `${queuePrefix}${key}`;

export const keyOfQueue = (storeKey: string): string => storeKey.slice(queuePrefix.length);

/** As many digits as the largest whole number a sequence reaches before the earth is gone. */
const digits = 15;

export const recordKey = (key: string, sequence: number): string =>
  `q!${key}!${String(sequence).padStart(digits, '0')}`;
