import { setImmediate as soon } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/adapters/kafka/broker.ts';
import type { Cluster } from '../../../src/adapters/kafka/cluster.ts';
import { protocolError } from '../../../src/adapters/kafka/kafkajs.ts';
import type { ProtocolCall } from '../../../src/adapters/kafka/protocol/api.ts';
import { Reader } from '../../../src/adapters/kafka/protocol/reader.ts';
import { Writer } from '../../../src/adapters/kafka/protocol/writer.ts';
import { transactionFailure } from '../../../src/adapters/kafka/transaction-failure.ts';
import { TransactionSession } from '../../../src/adapters/kafka/transaction-session.ts';
import type { CommitUnit } from '../../../src/streams/ports.ts';
import { record } from '../../streams/kafka-rig.ts';

const codes = { concurrent: 51, illegalGeneration: 22, notLeader: 6, invalidEpoch: 47 };

/** What a request is answered with; by default that all is well. */
type Answer = () => Promise<unknown>;

/** Brokers that write down what they are asked, and answer as they are told. */
function fakeCluster(leaders: Readonly<Record<string, number>> = {}) {
  const asked: string[] = [];
  const answers = new Map<string, Answer[]>();
  const answer = (nodeId: number, name: string): Promise<unknown> => {
    asked.push(`${name} ${String(nodeId)}`);
    return answers.get(name)?.shift()?.() ?? Promise.resolve();
  };
  class FakeBroker {
    readonly nodeId: number;
    constructor(nodeId: number) {
      this.nodeId = nodeId;
    }
    addPartitionsToTxn = () => answer(this.nodeId, 'partitions');
    addOffsetsToTxn = () => answer(this.nodeId, 'offsets');
    endTxn = ({ transactionResult }: { transactionResult: boolean }) =>
      answer(this.nodeId, transactionResult ? 'commit' : 'abort');
    async [Symbol('private:Broker:sendRequest')]({ request, response }: ProtocolCall<unknown>): Promise<unknown> {
      const payload = request.encode().buffer;
      await answer(this.nodeId, request.apiName);
      if (request.apiName === 'TxnOffsetCommit') return 0;
      return response.parse(response.decode(producedOf(payload)));
    }
  }
  const brokerOf = (nodeId: number) => Promise.resolve(new FakeBroker(nodeId) as unknown as Broker);
  const cluster = {
    addMultipleTargetTopics: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(asked.push('refresh')),
    findTopicPartitionMetadata: (topic: string) =>
      [0, 1].map((partitionId) => ({ partitionId, leader: leaders[`${topic}/${String(partitionId)}`] ?? 1 })),
    findBroker: ({ nodeId }: { nodeId: number }) => brokerOf(nodeId),
    findGroupCoordinator: () => brokerOf(3),
  } as unknown as Cluster;
  const identity = { transactionalId: 'id', producerId: '5', producerEpoch: 1 };
  const session = new TransactionSession(cluster, identity, 2);
  return { asked, answers, session };
}

/** The answer to a Produce request: every batch is at offset 10. */
function producedOf(payload: Buffer): Buffer {
  const reader = new Reader(payload);
  reader.string();
  reader.int16();
  reader.int32();
  const writer = new Writer();
  const topics = reader.array(() => {
    const topic = reader.string();
    return { topic, partitions: reader.array(() => [reader.int32(), reader.skip(reader.int32())][0] ?? 0) };
  });
  writer.array(topics, ({ topic, partitions }) => {
    writer.string(topic).array(partitions, (partition) => {
      writer.int32(partition).int16(0).int64(10n).int64(-1n).int64(0n);
    });
  });
  return writer.int32(0).payload().buffer;
}

const refusing =
  (code: number): Answer =>
  () =>
    Promise.reject(protocolError(code));

const membership = { groupId: 'g', memberId: 'm', generationId: 4 };
const unit = (...sends: CommitUnit['sends'][number][]): CommitUnit => ({
  ...{ membership, sends },
  offsets: [{ topic: 'in', partition: 0, offset: 7 }],
});
const send = (topic: string, partition: number, count = 1) => ({
  ...{ topic, partition },
  records: Array.from({ length: count }, (_, index) => record('a', index)),
});

describe('a transaction', () => {
  it('is begun once, then its records and offsets go out together, and last it is committed', async () => {
    const { asked, session } = fakeCluster({ 'out/1': 4 });
    const ends = await session.commit(unit(send('out', 0, 3), send('out', 1)));
    expect(ends.map(({ offset }) => offset)).toEqual([14, 12]);
    expect(asked[0]).toBe('partitions 2');
    expect(asked.slice(1, -1).toSorted()).toEqual(['Produce 1', 'Produce 4', 'TxnOffsetCommit 3', 'offsets 2']);
    expect(asked.at(-1)).toBe('commit 2');
  });

  it('asks again only with what it begins, while the one before is being ended', async () => {
    const { asked, answers, session } = fakeCluster();
    const busy = refusing(codes.concurrent);
    answers.set('partitions', [busy, busy]);
    await session.commit(unit(send('out', 0)));
    expect(asked.filter((each) => each === 'partitions 2')).toHaveLength(3);
    answers.set('offsets', [busy]);
    await session.commit(unit());
    asked.length = 0;
    answers.set('offsets', [busy]);
    await expect(session.commit(unit(send('out', 0)))).rejects.toThrow();
    expect(asked).not.toContain('commit 2');
    expect(asked.filter((each) => each === 'offsets 2')).toHaveLength(1);
  });

  it.each(['Produce', 'TxnOffsetCommit'])('that fails waits for its other requests first: %s', async (failing) => {
    const { answers, session } = fakeCluster();
    const late = Promise.withResolvers<undefined>();
    answers.set(failing, [refusing(codes.notLeader)]);
    answers.set(failing === 'Produce' ? 'TxnOffsetCommit' : 'Produce', [() => late.promise]);
    let isOver = false;
    const committing = session.commit(unit(send('out', 0))).finally(() => (isOver = true));
    committing.catch(() => undefined);
    for (let turn = 0; turn < 20; turn += 1) await soon();
    expect(isOver).toBe(false);
    late.resolve(undefined);
    await expect(committing).rejects.toThrow(AggregateError);
  });

  it('whose offsets alone are refused of the member is aborted', async () => {
    const { asked, answers, session } = fakeCluster();
    answers.set('TxnOffsetCommit', [refusing(codes.illegalGeneration)]);
    answers.set('abort', [refusing(codes.notLeader)]);
    const error: unknown = await session.commit(unit(send('out', 0))).catch((reason: unknown) => reason);
    expect(asked.at(-1)).toBe('abort 2');
    expect(transactionFailure(error, 'id', membership)).toMatchObject({ code: 'MEMBERSHIP_LOST' });
  });

  it('of which records are not known to be written is left to the next producer', async () => {
    const { asked, answers, session } = fakeCluster();
    answers.set('TxnOffsetCommit', [refusing(codes.illegalGeneration)]);
    answers.set('Produce', [refusing(codes.notLeader)]);
    const error: unknown = await session.commit(unit(send('out', 0))).catch((reason: unknown) => reason);
    expect(asked).not.toContain('abort 2');
    expect(transactionFailure(error, 'id', membership)).toMatchObject({ code: 'MEMBERSHIP_LOST' });
  });

  it('is told as fenced whatever else went wrong', async () => {
    const { answers, session } = fakeCluster();
    answers.set('TxnOffsetCommit', [refusing(codes.illegalGeneration)]);
    answers.set('Produce', [refusing(codes.invalidEpoch)]);
    const error: unknown = await session.commit(unit(send('out', 0))).catch((reason: unknown) => reason);
    expect(transactionFailure(error, 'id', membership)).toMatchObject({ code: 'PRODUCER_FENCED' });
  });

  it('has nothing sent where a partition has no leader', async () => {
    const { asked, session } = fakeCluster({ 'out/0': -1 });
    await expect(session.commit(unit(send('out', 0)))).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
    expect(asked).toEqual(['refresh']);
  });

  it('is sent to a broker in requests that are not too large, one after the other', async () => {
    const { asked, session } = fakeCluster();
    const large = { ...record('a', 0), value: Buffer.alloc(3 * 1_024 * 1_024) };
    const sends = ['a', 'b', 'c'].map((topic) => ({ topic, partition: 0, records: [large, large] }));
    const ends = await session.commit(unit(...sends));
    // Each record is a batch by itself; three of them take two requests.
    expect(asked.filter((each) => each === 'Produce 1')).toHaveLength(4);
    expect(ends.map(({ offset }) => offset)).toEqual([12, 12, 12]);
  });
});
