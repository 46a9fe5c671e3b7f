import { expect, onTestFinished, test } from 'vitest';
import { createGroupLag, createGroupOffsets, createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';

test('says how far a group is that has no member, in every partition, and leaves out topics that are not there', async () => {
  const rig = await kafkaRig(onTestFinished, { partitions: 2 });
  const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
  const lag = createGroupLag(kafka);
  onTestFinished(() => lag.close());
  const groups = [{ groupId: `${rig.id}-g`, topics: [rig.topics.in, `${rig.id}-not-there`] }];
  const own = { groupId: `${rig.id}-g`, topic: rig.topics.in };

  await rig.send(rig.topics.in, 0, [record('a', 1), record('b', 2), record('c', 3)]);
  const never = await lag.positions(groups);
  expect(never.toSorted((one, other) => one.partition - other.partition)).toEqual([
    { ...own, partition: 0, position: 0, end: 3 },
    { ...own, partition: 1, position: 0, end: 0 },
  ]);

  const offsets = createGroupOffsets(kafka, own.groupId);
  await offsets.connect();
  onTestFinished(() => offsets.close());
  await offsets.commit([{ topic: rig.topics.in, partition: 0, offset: 2 }]);
  expect((await lag.positions(groups)).find(({ partition }) => partition === 0)).toMatchObject({ position: 2, end: 3 });

  await rig.admin.deleteRecords([{ topic: rig.topics.in, partition: 0, offset: 3 }]);
  expect((await lag.positions(groups)).find(({ partition }) => partition === 0)).toMatchObject({ position: 3, end: 3 });
});
