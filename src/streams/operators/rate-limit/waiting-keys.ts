import type { ReadonlyStore } from '../../state/store.ts';
import { type Deferral, everyQueue, keyOfQueue } from './deferral.ts';

/** Which keys wait for a rate limit in a store, and how many records of each, as committed; for who queries it. */
export async function waitingKeys(store: ReadonlyStore<Deferral>): Promise<ReadonlyMap<string, number>> {
  const queues = await store.range(everyQueue);
  return new Map(
    queues.flatMap(([key, queue]) => (queue.kind === 'queue' ? [[keyOfQueue(key), queue.tail - queue.head]] : [])),
  );
}
