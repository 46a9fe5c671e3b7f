import type { Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { type FetchedChunk, placeOf, type TopicPartition } from '../../streams/ports.ts';
import { readCommitted } from './broker.ts';
import { type Cluster, clusterOf } from './cluster.ts';
import { chunkOfFetched } from './consumed-record.ts';
import { unavailable } from './errors.ts';
import { kafkajs } from './kafkajs.ts';

export interface PartitionFetcherOptions {
  readonly topics: readonly string[];
  /** How long a broker may hold a fetch open while there is nothing to read. */
  readonly maxWaitMs: number;
  /** Of one partition in one fetch. */
  readonly maxBytes: number;
}

/** Reads partitions from their leaders, as a member of no group. Its errors are those of kafkajs. */
export interface PartitionFetcher {
  /** @throws DependencyUnavailableError, also where a topic does not exist */
  connect(): Promise<void>;
  /**
   * The committed records from an offset on; undefined where the broker had none in time. One fetch of a partition at a
   * time. Fetches of several partitions that wait for the same broker become one.
   */
  fetch(partition: TopicPartition, offset: number): Promise<FetchedChunk | undefined>;
  /** The partition's first offset. */
  startOf(partition: TopicPartition): Promise<number>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

interface Waiting {
  readonly partition: TopicPartition;
  readonly offset: number;
  readonly resolve: (chunk: FetchedChunk | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export const createPartitionFetcher = (kafka: Kafka, options: PartitionFetcherOptions): PartitionFetcher =>
  new KafkajsFetcher(clusterOf(kafka), options);

class KafkajsFetcher implements PartitionFetcher {
  readonly #cluster: Cluster;
  readonly #options: PartitionFetcherOptions;
  /** By the broker they wait for; it is there while a request to it is under way. */
  readonly #waiting = new Map<number, Waiting[]>();
  /** Every fetch without an answer yet. */
  readonly #open = new Set<Waiting>();
  #isStale = false;
  #isClosed = false;

  constructor(cluster: Cluster, options: PartitionFetcherOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async connect(): Promise<void> {
    try {
      await this.#cluster.connect();
      await this.#cluster.addMultipleTargetTopics([...new Set(this.#options.topics)]);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async fetch(partition: TopicPartition, offset: number): Promise<FetchedChunk | undefined> {
    const leader = await this.#leaderOf(partition);
    if (this.#isClosed) throw unavailable(null);
    const answer = Promise.withResolvers<FetchedChunk | undefined>();
    const waiting: Waiting = { partition, offset, resolve: answer.resolve, reject: answer.reject };
    this.#open.add(waiting);
    const queue = this.#waiting.get(leader);
    if (queue === undefined) {
      this.#waiting.set(leader, [waiting]);
      // A moment later, so that what is asked for at the same time goes out together.
      queueMicrotask(() => void this.#serve(leader));
    } else queue.push(waiting);
    return answer.promise.finally(() => this.#open.delete(waiting));
  }

  async startOf({ topic, partition }: TopicPartition): Promise<number> {
    const [answer] = await this.#cluster.fetchTopicsOffset([
      { topic, fromBeginning: true, partitions: [{ partition }] },
    ]);
    return Number(answer?.partitions[0]?.offset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#open) waiting.reject(unavailable(null));
    await this.#cluster.disconnect();
  }

  async #leaderOf({ topic, partition }: TopicPartition): Promise<number> {
    if (this.#isStale) {
      await this.#cluster.refreshMetadata();
      this.#isStale = false;
      // A connection made while it was being closed would stay.
      if (this.#isClosed) await this.#cluster.disconnect();
    }
    const found = this.#cluster.findTopicPartitionMetadata(topic).find((each) => each.partitionId === partition);
    if (found !== undefined && found.leader >= 0) return found.leader;
    this.#isStale = true;
    throw new DependencyUnavailableError('Kafka', { facts: { topic, partition, leader: 'none' } });
  }

  async #serve(leader: number): Promise<void> {
    for (;;) {
      const requests = this.#waiting.get(leader) ?? [];
      if (requests.length === 0) {
        this.#waiting.delete(leader);
        return;
      }
      this.#waiting.set(leader, []);
      try {
        await this.#request(leader, requests);
      } catch (error) {
        this.#settle(requests, error);
      }
    }
  }

  async #request(leader: number, requests: readonly Waiting[]): Promise<void> {
    const { maxWaitMs, maxBytes } = this.#options;
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const { responses } = await broker.fetch({
      ...{ maxWaitTime: maxWaitMs, minBytes: 1, isolationLevel: readCommitted },
      maxBytes: maxBytes * requests.length,
      topics: requests.map(({ partition: { topic, partition }, offset }) => ({
        topic,
        partitions: [{ partition, fetchOffset: String(offset), maxBytes }],
      })),
    });
    const answers = new Map(
      responses.flatMap(({ topicName: topic, partitions }) =>
        partitions.map((data) => [placeOf({ topic, partition: data.partition }), data]),
      ),
    );
    for (const { partition, offset, resolve } of requests) {
      const data = answers.get(placeOf(partition));
      resolve(data === undefined ? undefined : chunkOfFetched(partition, offset, data));
    }
  }

  /** An offset that does not exist is the fault of one partition, which kafkajs lets the others suffer for. */
  #settle(requests: readonly Waiting[], error: unknown): void {
    const culprit = error instanceof kafkajs.KafkaJSOffsetOutOfRange ? placeOf(error) : undefined;
    if (culprit === undefined) this.#isStale = true;
    for (const { partition, resolve, reject } of requests) {
      if (culprit === undefined || culprit === placeOf(partition)) reject(error);
      else resolve(undefined);
    }
  }
}
