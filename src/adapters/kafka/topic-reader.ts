import type { Kafka } from 'kafkajs';
import { toError } from '../../common/errors.ts';
import type { PartitionOffset, TopicReader, TopicReaderOptions } from '../../streams/ports.ts';
import { followPartition } from './follow-partition.ts';
import { createPartitionFetcher } from './partition-fetcher.ts';

/** A partition that has more to read may wait so long for others of its broker that have not. */
const maxWaitMs = 50;
const maxBytes = 1_024 * 1_024;

/**
 * Follows partitions as a member of no group: it commits nothing, waits for no coordinator, and leaves nothing at the
 * broker. `stop` waits for what was handed over, so it must not be awaited in there.
 */
export function createTopicReader(kafka: Kafka, options: TopicReaderOptions): TopicReader {
  const { positions, onFetched, onCrash } = options;
  const fetcher = createPartitionFetcher(kafka, { topics: positions.map(({ topic }) => topic), maxWaitMs, maxBytes });
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Whose broker does not answer: an outage is told once, not once a try and partition. */
  const away = new Set<PartitionOffset>();
  let following: readonly Promise<void>[] = [];

  const follow = async (start: PartitionOffset): Promise<void> => {
    const { topic, partition, offset } = start;
    const onFault = (error: Error): void => {
      if (away.size === 0) onCrash(error, true);
      away.add(start);
    };
    const onAnswer = (): void => void away.delete(start);
    const chunks = followPartition(fetcher, { topic, partition }, offset, { signal, onFault, onAnswer });
    for await (const chunk of chunks) await onFetched(chunk);
  };
  const fail = async (error: unknown): Promise<void> => {
    if (signal.aborted) return;
    stopping.abort();
    onCrash(toError(error), false);
    await fetcher.close();
  };

  return {
    async start() {
      try {
        await fetcher.connect();
      } catch (error) {
        await fetcher.close();
        throw error;
      }
      if (signal.aborted) await fetcher.close();
      else following = positions.map((start) => follow(start).catch(fail));
    },
    async stop() {
      stopping.abort();
      await fetcher.close();
      await Promise.all(following);
    },
  };
}
