import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { TopicPartition } from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = async () => {
  const rig = await kafkaRig(onTestFinished, { partitions: 4 });
  // A sub-topology with fewer partitions than the other.
  await rig.admin.createTopics([{ name: `${rig.id}-few`, partitions: 2, config: {} }]);
  return rig;
};

const groupOf = (rig: KafkaRig): string => `${rig.id}-group`;

const memberOf = (rig: KafkaRig, applicationServer?: string) => {
  const held: { partitions: readonly TopicPartition[]; deals: number } = { partitions: [], deals: 0 };
  const consumer = rig.supplier.consumer({
    ...{ groupId: groupOf(rig), topics: [rig.topics.in, `${rig.id}-few`] },
    ...(applicationServer === undefined ? {} : { applicationServer }),
    ...{ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, maxWaitMs: 50, gatherMs: 0 },
    listener: {
      onAssigned: (partitions) => {
        held.partitions = partitions;
        held.deals += 1;
      },
      onFetched: () => undefined,
      onFetch: () => undefined,
      onHeartbeat: () => undefined,
      onCrash: () => undefined,
    },
  });
  onTestFinished(() => consumer.stop());
  return { consumer, held };
};

const numbersOf = (partitions: readonly TopicPartition[], topic: string): readonly number[] =>
  partitions.filter((each) => each.topic === topic).map(({ partition }) => partition);

describe('the members of a group', () => {
  it('are none where there never was one', async () => {
    const rig = await rigOf();
    expect(await rig.admin.groupMembers(groupOf(rig))).toEqual([]);
  });

  it('are told with their address and what they hold', async () => {
    const rig = await rigOf();
    const { consumer, held } = memberOf(rig, 'one.example:7070');
    await consumer.start();
    expect(held.partitions).toHaveLength(6);
    expect(await rig.admin.groupMembers(groupOf(rig))).toEqual([
      { applicationServer: 'one.example:7070', partitions: held.partitions },
    ]);
    await consumer.stop();
    expect(await rig.admin.groupMembers(groupOf(rig))).toEqual([]);
  });

  it('may have told no address, and that of others is told still', async () => {
    const rig = await rigOf();
    const one = memberOf(rig, 'one.example:7070');
    const other = memberOf(rig);
    await one.consumer.start();
    await other.consumer.start();
    await until('both were dealt to', () => one.held.deals === 2 && other.held.deals === 1, 15_000);
    const members = await rig.admin.groupMembers(groupOf(rig));
    const partitionsOf = new Map(members.map((member) => [member.applicationServer, member.partitions]));
    expect(partitionsOf).toEqual(
      new Map([
        ['one.example:7070', one.held.partitions],
        [undefined, other.held.partitions],
      ]),
    );
  });

  it('are foreign to us where another client is in the group: what it holds is told', async () => {
    const rig = await rigOf();
    const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
    const consumer = kafka.consumer({ groupId: groupOf(rig) });
    onTestFinished(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics: [`${rig.id}-few`] });
    const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await joined;
    const [member] = await rig.admin.groupMembers(groupOf(rig));
    expect(member?.applicationServer).toBe(undefined);
    expect(numbersOf(member?.partitions ?? [], `${rig.id}-few`).toSorted()).toEqual([0, 1]);
  });
});

describe('when a member joins or leaves', () => {
  it('no partition number is torn apart, and only what must move moves', async () => {
    const rig = await rigOf();
    const few = `${rig.id}-few`;
    const members = [memberOf(rig), memberOf(rig), memberOf(rig)] as const;
    const [one, two, three] = members;
    const dealt = (wanted: readonly number[]) =>
      until('all were dealt to', () => members.every(({ held }, index) => held.deals >= (wanted[index] ?? 0)), 15_000);
    const numbers = ({ held }: typeof one): readonly number[] => numbersOf(held.partitions, rig.topics.in);
    await one.consumer.start();
    await two.consumer.start();
    await dealt([2, 1]);
    expect([numbers(one), numbers(two)]).toEqual([
      [0, 2],
      [1, 3],
    ]);
    for (const { held } of [one, two]) {
      const both = numbersOf(held.partitions, rig.topics.in).filter((partition) => partition < 2);
      expect(numbersOf(held.partitions, few)).toEqual(both);
    }

    await three.consumer.start();
    await dealt([3, 2, 1]);
    // 0 and 1 are in two topics each: with three members, everybody has two topic-partitions.
    expect([numbers(one), numbers(two), numbers(three)]).toEqual([[0], [1], [2, 3]]);

    await three.consumer.stop();
    await dealt([4, 3]);
    expect(numbers(one)).toContain(0);
    expect(numbers(two)).toContain(1);
    expect([...numbers(one), ...numbers(two)].sort()).toEqual([0, 1, 2, 3]);
  });
});
