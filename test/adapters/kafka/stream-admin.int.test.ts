import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { BadError } from '../../streams/harness.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = () => kafkaRig(onTestFinished, { partitions: 2 });
const kafkaOf = (rig: KafkaRig) =>
  createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });

describe('topics', () => {
  it('are counted, and missing ones are undefined', async () => {
    const rig = await rigOf();
    expect(await rig.admin.partitionCounts([rig.topics.in, `${rig.id}-nowhere`])).toEqual(
      new Map([
        [rig.topics.in, 2],
        [`${rig.id}-nowhere`, undefined],
      ]),
    );
  });

  it('are made with their settings, and left alone where they exist', async () => {
    const rig = await rigOf();
    const name = `${rig.id}-changelog`;
    await rig.admin.createTopics([{ name, partitions: 3, config: { 'cleanup.policy': 'compact' } }]);
    await rig.admin.createTopics([
      { name, partitions: 5, config: {} },
      { name: `${name}-2`, partitions: 1, config: {} },
    ]);
    expect(await rig.admin.partitionCounts([name, `${name}-2`])).toEqual(
      new Map([
        [name, 3],
        [`${name}-2`, 1],
      ]),
    );
  });
});

describe('a committed offset', () => {
  it('is undefined where nothing was committed', async () => {
    const rig = await rigOf();
    expect(await rig.admin.committedOffset(`${rig.id}-nobody`, { topic: rig.topics.in, partition: 0 })).toBe(undefined);
  });

  it('is told as it is where kafkajs has lost its place: what was there before is not known', async () => {
    const rig = await rigOf();
    const admin = kafkaOf(rig).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.setOffsets({
      groupId: `${rig.id}-g`,
      topic: rig.topics.in,
      partitions: [{ partition: 0, offset: '-2' }],
    });
    const found = await rig.admin.committedOffset(`${rig.id}-g`, { topic: rig.topics.in, partition: 0 });
    expect(found?.offset).toBe(-2);
  });
});

describe('a stretch of a partition', () => {
  it('is read in order, from one offset to another', async () => {
    const rig = await rigOf();
    await rig.send(
      rig.topics.in,
      1,
      Array.from({ length: 100 }, (_, index) => record('a', index)),
    );
    const found: number[] = [];
    const positions: number[] = [];
    await rig.admin.read({ topic: rig.topics.in, partition: 1 }, { from: 10, to: 60 }, (records, position) => {
      found.push(...records.map(({ offset }) => offset));
      positions.push(position);
      return Promise.resolve();
    });
    expect(found).toEqual(Array.from({ length: 50 }, (_, index) => index + 10));
    expect(positions.at(-1)).toBe(60);
  });

  it('that ends with aborted records and markers is read to its end', async () => {
    const rig = await rigOf();
    const producer = kafkaOf(rig).producer({ transactionalId: rig.id, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const topic = rig.topics.in;
    for (const outcome of ['commit', 'abort', 'commit', 'abort', 'abort'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ key: 'a', value: outcome, partition: 0 }] });
      await transaction[outcome]();
    }
    // Markers are written after the answer to the commit.
    const end = async (): Promise<number> => (await rig.admin.offsets({ topic, partition: 0 })).high;
    await until('the markers are written', async () => (await end()) === 10, 5_000);
    const positions: number[] = [];
    const found: string[] = [];
    await rig.admin.read({ topic, partition: 0 }, { from: 0, to: 10 }, (records, position) => {
      found.push(...records.map(({ value }) => String(value)));
      positions.push(position);
      return Promise.resolve();
    });
    expect(found).toEqual(['commit', 'commit']);
    // Nothing at all is shown of the last four, and still the reading ends.
    await rig.admin.read({ topic, partition: 0 }, { from: 6, to: 10 }, () => Promise.resolve());
  });

  it('that is empty is read at once', async () => {
    const rig = await rigOf();
    await rig.admin.read({ topic: rig.topics.in, partition: 0 }, { from: 5, to: 5 }, () => {
      throw new BadError('There is nothing to be told');
    });
  });

  it("ends with the reader's own error, as it is, and hands over nothing more", async () => {
    const rig = await rigOf();
    // Each send is a batch of its own, so that there is more to come.
    for (let index = 0; index < 5; index += 1) await rig.send(rig.topics.in, 0, [record('a', index)]);
    let calls = 0;
    const reading = rig.admin.read({ topic: rig.topics.in, partition: 0 }, { from: 0, to: 5 }, () => {
      calls += 1;
      return Promise.reject(new BadError('The disk is full'));
    });
    await expect(reading).rejects.toThrow(BadError);
    expect(calls).toBe(1);
  });

  it('ends when it is no longer wanted', async () => {
    const rig = await rigOf();
    const stopping = new AbortController();
    // There is no such offset, so it would wait.
    const range = { from: 0, to: 1_000, signal: stopping.signal };
    const reading = rig.admin.read({ topic: rig.topics.in, partition: 0 }, range, () => Promise.resolve());
    setTimeout(() => {
      stopping.abort(new BadError('Closing'));
    }, 300);
    const began = Date.now();
    await expect(reading).rejects.toThrow('Closing');
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('is told of to its end also where the end is shown to nobody', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    const producer = rig.supplier.transactionalProducer({ transactionalId: rig.id, transactionTimeoutMs: 10_000 });
    await producer.init();
    onTestFinished(() => producer.close());
    const sends = [{ topic, partition: 0, records: [record('a', 1)] }];
    const membership = { groupId: `${rig.id}-g`, memberId: '', generationId: -1 };
    await producer.commit({ membership, offsets: [{ topic, partition: 1, offset: 0 }], sends });
    await until(
      'the marker is written',
      async () => (await rig.admin.offsets({ topic, partition: 0 })).high === 2,
      5_000,
    );
    const positions: number[] = [];
    await rig.admin.read({ topic, partition: 0 }, { from: 1, to: 2 }, (records, position) => {
      positions.push(records.length, position);
      return Promise.resolve();
    });
    expect(positions).toEqual([0, 2]);
  });

  it('fetches ahead, but hands over one stretch after the other', async () => {
    const rig = await rigOf();
    for (let index = 0; index < 5; index += 1) {
      await rig.send(rig.topics.in, 0, [{ ...record('a', index), value: Buffer.alloc(600_000, index) }]);
    }
    let isBusy = false;
    const found: number[] = [];
    await rig.admin.read({ topic: rig.topics.in, partition: 0 }, { from: 0, to: 5 }, async (records) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 50));
      isBusy = false;
      found.push(...records.map(({ offset }) => offset));
    });
    expect(found).toEqual([0, 1, 2, 3, 4]);
  });

  it('is read without a group', async () => {
    const rig = await rigOf();
    await rig.send(rig.topics.in, 0, [record('a', 1)]);
    const admin = kafkaOf(rig).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const groups = async (): Promise<string[]> => (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    const before = await groups();
    await rig.admin.read({ topic: rig.topics.in, partition: 0 }, { from: 0, to: 1 }, async () => {
      expect(await groups()).toEqual(before);
    });
    expect(await groups()).toEqual(before);
  });
});

describe('records that nobody needs any more', () => {
  const low = async (rig: KafkaRig, partition: number): Promise<number> =>
    (await rig.admin.offsets({ topic: rig.topics.in, partition })).low;

  it('are deleted up to an offset, of each partition by itself', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    for (const partition of [0, 1]) await rig.send(topic, partition, [record('a', 0), record('a', 1), record('a', 2)]);
    await rig.admin.deleteRecords([
      { topic, partition: 0, offset: 2 },
      { topic, partition: 1, offset: 1 },
    ]);
    expect([await low(rig, 0), await low(rig, 1)]).toEqual([2, 1]);
    expect((await rig.read(topic, 0)).map(({ value }) => String(value))).toEqual(['2']);
  });

  it('may be deleted already, and so may their partition', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    await rig.send(topic, 0, [record('a', 0), record('a', 1)]);
    await rig.admin.deleteRecords([{ topic, partition: 0, offset: 2 }]);
    await rig.admin.deleteRecords([
      { topic, partition: 0, offset: 1 },
      { topic, partition: 0, offset: 2 },
      { topic, partition: 1, offset: 0 },
      { topic, partition: 9, offset: 5 },
      { topic: `${rig.id}-nowhere`, partition: 0, offset: 5 },
    ]);
    expect([await low(rig, 0), await low(rig, 1)]).toEqual([2, 0]);
  });
});
