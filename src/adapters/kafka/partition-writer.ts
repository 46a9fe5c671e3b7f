import { type PartitionOffset, type PartitionSend, placeOf } from '../../streams/ports.ts';
import { ask, type ProducerIdentity } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { protocolError } from './kafkajs.ts';
import { maxBatchBytes } from './messages.ts';
import { type BatchToProduce, produce } from './protocol/produce.ts';
import { batchesOf, type RecordBatch, sequenceAfter } from './record-batch.ts';
import { settled } from './settled.ts';

/** A broker takes 100 MiB by default, and all of a request is in memory at once. */
const maxRequestBytes = 8 * 1_024 * 1_024;

/** kafkajs gives up a request after that long; what a broker would answer later nobody hears. */
const timeoutMs = 10_000;

const leaderNotAvailable = 5;

interface BatchOf {
  readonly topic: string;
  readonly partition: number;
  readonly batch: RecordBatch;
}

/** Writes the records of one producer to the leaders of their partitions, which count them: none may be left out. */
export class PartitionWriter {
  readonly #cluster: Cluster;
  readonly #identity: ProducerIdentity;
  readonly #topics = new Set<string>();
  /** By partition, the number of the next record. */
  readonly #next = new Map<string, number>();

  constructor(cluster: Cluster, identity: ProducerIdentity) {
    this.#cluster = cluster;
    this.#identity = identity;
  }

  /** Gets to know who leads the partitions. @throws where that is nobody: nothing has been sent then */
  async prepare(sends: readonly PartitionSend[]): Promise<void> {
    const added = sends.map(({ topic }) => topic).filter((topic) => !this.#topics.has(topic));
    if (added.length > 0) {
      await this.#cluster.addMultipleTargetTopics(added);
      for (const topic of added) this.#topics.add(topic);
    }
    if (sends.every((send) => this.#leaderOf(send) >= 0)) return;
    // A partition that was added, or had no leader for a moment.
    await this.#cluster.refreshMetadata();
    if (!sends.every((send) => this.#leaderOf(send) >= 0)) throw protocolError(leaderNotAvailable);
  }

  /**
   * Writes to all leaders at once. No request is under way any more when it resolves or rejects.
   * @returns for each send, the offset behind its records and the transaction's marker, which takes one place too
   * @throws AggregateError
   */
  async write(sends: readonly PartitionSend[]): Promise<readonly PartitionOffset[]> {
    const ends = new Map<string, number>();
    const byLeader = Map.groupBy(sends, (send) => this.#leaderOf(send));
    await settled([...byLeader].map(([leader, own]) => this.#writeTo(leader, own, ends)));
    return sends.map((send) => ({
      topic: send.topic,
      partition: send.partition,
      offset: (ends.get(placeOf(send)) ?? 0) + 1,
    }));
  }

  async #writeTo(nodeId: number, sends: readonly PartitionSend[], ends: Map<string, number>): Promise<void> {
    for (const batches of requestsOf(sends)) {
      const request = { transactionalId: this.#identity.transactionalId, timeoutMs, batches: this.#numbered(batches) };
      const broker = await this.#cluster.findBroker({ nodeId });
      const counts = new Map(batches.map((each) => [placeOf(each), each.batch.records.length]));
      for (const written of await ask(broker, produce(request))) {
        if (written.errorCode !== 0) throw protocolError(written.errorCode);
        ends.set(placeOf(written), written.baseOffset + (counts.get(placeOf(written)) ?? 0));
      }
    }
  }

  #numbered(batches: readonly BatchOf[]): readonly BatchToProduce[] {
    const { producerId, producerEpoch } = this.#identity;
    return batches.map((each) => {
      const baseSequence = this.#next.get(placeOf(each)) ?? 0;
      this.#next.set(placeOf(each), sequenceAfter(baseSequence, each.batch.records.length));
      return { ...each, producer: { producerId: BigInt(producerId), producerEpoch, baseSequence } };
    });
  }

  #leaderOf({ topic, partition }: PartitionSend): number {
    const partitions = this.#cluster.findTopicPartitionMetadata(topic);
    return partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
  }
}

/** What goes to one broker, cut into requests: each holds no more than one batch of a partition, in order. */
function* requestsOf(sends: readonly PartitionSend[]): Generator<readonly BatchOf[]> {
  const queues = sends.map(({ topic, partition, records }) => ({
    ...{ topic, partition },
    batches: batchesOf(records, maxBatchBytes),
  }));
  for (let round = 0; queues.some(({ batches }) => round < batches.length); round += 1) {
    let request: BatchOf[] = [];
    let bytes = 0;
    for (const { topic, partition, batches } of queues) {
      const batch = batches[round];
      if (batch === undefined) continue;
      if (request.length > 0 && bytes + batch.size > maxRequestBytes) {
        yield request;
        request = [];
        bytes = 0;
      }
      request.push({ topic, partition, batch });
      bytes += batch.size;
    }
    yield request;
  }
}
