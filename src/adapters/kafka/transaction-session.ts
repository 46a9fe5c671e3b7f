import type { CommitUnit, GroupMembership, PartitionOffset, PartitionSend } from '../../streams/ports.ts';
import { askAgain } from './ask-again.ts';
import { ask, type Broker, type ProducerIdentity } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { protocolError } from './kafkajs.ts';
import { PartitionWriter } from './partition-writer.ts';
import { byTopic } from './protocol/api.ts';
import { txnOffsetCommit } from './protocol/txn-offset-commit.ts';
import { settled } from './settled.ts';
import { isMembershipLost } from './transaction-failure.ts';

/**
 * The coordinator refuses what a transaction begins with while it still writes the markers of the one before. Nothing has
 * happened then, so it may be asked again.
 */
const whileBusy = { types: new Set(['CONCURRENT_TRANSACTIONS']), withinMs: 5_000, pauseMs: 2 };

/**
 * The transactions of one initialized producer, one after the other. Once one has failed there must be no other.
 *
 * Records and offsets go out at the same time, but over one connection a broker, which takes one request of it after the
 * other. That must stay so: a broker asks the coordinator whether what it is to write belongs to the transaction, and of
 * two requests of one transactional id that it asks for at once it refuses the first (NOT_ENOUGH_REPLICAS).
 */
export class TransactionSession {
  readonly #cluster: Cluster;
  readonly #identity: ProducerIdentity;
  /** kafkajs would ask for it again with each request; it is another only after an error, which ends the session. */
  readonly #coordinator: number;
  readonly #groupCoordinators = new Map<string, number>();
  readonly #writer: PartitionWriter;

  constructor(cluster: Cluster, identity: ProducerIdentity, coordinator: number) {
    this.#cluster = cluster;
    this.#identity = identity;
    this.#coordinator = coordinator;
    this.#writer = new PartitionWriter(cluster, identity);
  }

  /**
   * What the transaction begins with may be refused and is asked again, so that is one request: of several under way at
   * once, some could have been taken. Behind it nothing is asked twice.
   * @throws what kafkajs throws, or an AggregateError of it, when no request is under way any more
   */
  async commit({ membership, offsets, sends }: CommitUnit): Promise<readonly PartitionOffset[]> {
    if (offsets.length === 0 && sends.length === 0) return [];
    await this.#writer.prepare(sends);
    if (sends.length === 0) {
      await askAgain(() => this.#addOffsets(membership), whileBusy);
      await this.#abortedIfLost(this.#commitOffsets(membership, offsets));
      await this.#end(true);
      return [];
    }
    await askAgain(() => this.#addPartitions(sends), whileBusy);
    const added = offsets.length === 0 ? Promise.resolve() : this.#addAndCommitOffsets(membership, offsets);
    const [ends] = await this.#abortedIfLost(settled([this.#writer.write(sends), added]));
    await this.#end(true);
    return ends;
  }

  async #addPartitions(sends: readonly PartitionSend[]): Promise<void> {
    const topics = byTopic(sends).map(([topic, own]) => ({ topic, partitions: own.map(({ partition }) => partition) }));
    await (await this.#transactionCoordinator()).addPartitionsToTxn({ ...this.#identity, topics });
  }

  async #addOffsets({ groupId }: GroupMembership): Promise<void> {
    await (await this.#transactionCoordinator()).addOffsetsToTxn({ ...this.#identity, groupId });
  }

  async #addAndCommitOffsets(membership: GroupMembership, offsets: readonly PartitionOffset[]): Promise<void> {
    await this.#addOffsets(membership);
    await this.#commitOffsets(membership, offsets);
  }

  async #commitOffsets(membership: GroupMembership, offsets: readonly PartitionOffset[]): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = this.#identity;
    const coordinator = await this.#groupCoordinator(membership.groupId);
    const request = { transactionalId, producerId: BigInt(producerId), producerEpoch, membership, offsets };
    const errorCode = await ask(coordinator, txnOffsetCommit(request));
    if (errorCode !== 0) throw protocolError(errorCode);
  }

  /**
   * Where the group alone has refused, everything else was answered: then the transaction need not stay open, which readers
   * would wait for, until a newer producer ends it.
   */
  async #abortedIfLost<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      // Where that fails, the newer producer does it.
      if (isMembershipLost(error)) await this.#end(false).catch(() => undefined);
      throw error;
    }
  }

  async #end(isCommit: boolean): Promise<void> {
    await (await this.#transactionCoordinator()).endTxn({ ...this.#identity, transactionResult: isCommit });
  }

  #transactionCoordinator(): Promise<Broker> {
    return this.#cluster.findBroker({ nodeId: this.#coordinator });
  }

  async #groupCoordinator(groupId: string): Promise<Broker> {
    const known = this.#groupCoordinators.get(groupId);
    if (known !== undefined) return this.#cluster.findBroker({ nodeId: known });
    const found = await this.#cluster.findGroupCoordinator({ groupId });
    this.#groupCoordinators.set(groupId, found.nodeId);
    return found;
  }
}
