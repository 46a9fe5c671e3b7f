import type { Producer, Transaction } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { type KafkaRig, kafkaRig } from '../../streams/kafka-rig.ts';
import { seededRandom } from '../../support/random.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const names = ['a', 'b', 'c'] as const;

/** Producers that write to one partition beside each other, each in a transaction of its own. */
const writersOf = async (rig: KafkaRig) => {
  const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
  const producers = new Map<string, Producer>();
  for (const name of names) {
    const options = { transactionalId: `${rig.id}-${name}`, maxInFlightRequests: 1, idempotent: true };
    const producer = kafka.producer(options);
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    producers.set(name, producer);
  }
  const open = new Map<string, { readonly transaction: Transaction; readonly values: string[] }>();
  const written: string[] = [];
  const committed = new Set<string>();
  let markers = 0;
  return {
    write: async (name: string, value: string, key = Buffer.from('key')) => {
      const one = open.get(name) ?? { transaction: await producers.get(name)!.transaction(), values: [] };
      open.set(name, one);
      await one.transaction.send({ topic: rig.topics.in, messages: [{ key, value, partition: 0 }] });
      written.push(value);
      one.values.push(value);
    },
    end: async (name: string, how: 'abort' | 'commit') => {
      const one = open.get(name);
      if (one === undefined) return;
      open.delete(name);
      await one.transaction[how]();
      markers += 1;
      if (how === 'commit') for (const value of one.values) committed.add(value);
    },
    /** Everything that was committed, as it stands in the partition, once the last marker is written. */
    settled: async (): Promise<readonly string[]> => {
      const end = async (): Promise<number> => (await rig.admin.offsets({ topic: rig.topics.in, partition: 0 })).high;
      await until('the last marker is written', async () => (await end()) === written.length + markers, 10_000);
      return written.filter((value) => committed.has(value));
    },
  };
};

/** What a member of a group is handed of the partition, to its end. */
const consumed = async (rig: KafkaRig): Promise<readonly string[]> => {
  const values: string[] = [];
  let position = 0;
  const consumer = rig.supplier.consumer({
    ...{ groupId: `${rig.id}-group`, topics: [rig.topics.in] },
    ...{ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, maxWaitMs: 50, gatherMs: 0 },
    listener: {
      onAssigned: () => undefined,
      onFetched: ({ records, next }) => {
        values.push(...records.map(({ value }) => String(value)));
        position = next;
      },
      onFetch: () => undefined,
      onHeartbeat: () => undefined,
      onCrash: () => undefined,
    },
  });
  onTestFinished(() => consumer.stop());
  await consumer.start();
  const { high } = await rig.admin.offsets({ topic: rig.topics.in, partition: 0 });
  await until('everything was read', () => position >= high, 10_000);
  return values;
};

/** The same from outside of any group. */
const read = async (rig: KafkaRig): Promise<readonly string[]> =>
  (await rig.read(rig.topics.in, 0)).map(({ value }) => String(value));

describe('of a partition with several transactional writers, a reader', () => {
  it('is shown no aborted record and every committed one, in whatever order the transactions ended', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions: 1 });
    const { write, end, settled } = await writersOf(rig);
    // The one that began later is aborted first: the broker tells of it first.
    await write('a', 'a1 aborted');
    await write('b', 'b1 aborted');
    await end('b', 'abort');
    await write('b', 'b2 committed');
    await write('a', 'a2 aborted');
    await end('b', 'commit');
    await end('a', 'abort');
    await write('c', 'c1 committed');
    await end('c', 'commit');
    expect(await settled()).toEqual(['b2 committed', 'c1 committed']);
    expect(await consumed(rig)).toEqual(['b2 committed', 'c1 committed']);
    expect(await read(rig)).toEqual(['b2 committed', 'c1 committed']);
  });

  it('takes no record for a marker because of its key', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions: 1 });
    const { write, end, settled } = await writersOf(rig);
    const likeAnAbort = Buffer.from([0, 0, 0, 0]);
    await write('a', 'a1 aborted', likeAnAbort);
    await write('a', 'a2 aborted');
    await write('b', 'b1 committed', likeAnAbort);
    await end('a', 'abort');
    await end('b', 'commit');
    expect(await settled()).toEqual(['b1 committed']);
    expect(await consumed(rig)).toEqual(['b1 committed']);
    expect(await read(rig)).toEqual(['b1 committed']);
  });

  it('is shown what was committed, whatever the writers do', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions: 1 });
    const { write, end, settled } = await writersOf(rig);
    const random = seededRandom(4);
    for (let step = 0; step < 120; step += 1) {
      const name = random.pick(names);
      if (random.next() < 0.65) await write(name, `${name} ${String(step)}`);
      else await end(name, random.next() < 0.5 ? 'abort' : 'commit');
    }
    for (const name of names) await end(name, 'abort');
    const wanted = await settled();
    expect(wanted.length).toBeGreaterThan(20);
    expect(await consumed(rig)).toEqual(wanted);
    expect(await read(rig)).toEqual(wanted);
  });
});
