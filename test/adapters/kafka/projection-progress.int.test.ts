import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka, createProjectionProgress } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';

const rigOf = async () => {
  const rig = await kafkaRig(onTestFinished, { partitions: 2 });
  const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
  const groupId = `${rig.id}-projection`;
  const topic = rig.topics.in;
  const progress = createProjectionProgress({ kafka, groupId, topic });
  await progress.connect();
  onTestFinished(() => progress.close());
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return {
    progress,
    /** Records of these times into a partition. */
    send: (partition: number, ...times: number[]) =>
      rig.send(
        topic,
        partition,
        times.map((time) => record('a', time, time)),
      ),
    reach: (partition: number, offset: number) =>
      admin.setOffsets({ groupId, topic, partitions: [{ partition, offset: String(offset) }] }),
  };
};

const hour = 3_600_000;
const noon = Date.now() - 48 * hour;

describe('the progress of a projection', () => {
  it('is past everything where there is nothing', async () => {
    const { progress } = await rigOf();
    await progress.assertPast(Date.now());
  });

  it('is past a time when every older record is taken in, on every partition', async () => {
    const { progress, send, reach } = await rigOf();
    await send(0, noon, noon + hour, noon + 2 * hour);
    await send(1, noon, noon + hour, noon + 2 * hour);
    await expect(progress.assertPast(noon + hour)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
    });
    await reach(0, 3);
    await expect(progress.assertPast(noon + hour)).rejects.toThrow();
    await reach(1, 1);
    await progress.assertPast(noon + hour);
    await expect(progress.assertPast(noon + hour + 1)).rejects.toThrow();
  });

  it('is not past what comes after its last record while that is not taken in', async () => {
    const { progress, send, reach } = await rigOf();
    await send(0, noon, noon + hour);
    await expect(progress.assertPast(noon + 24 * hour)).rejects.toThrow();
    await reach(0, 2);
    await progress.assertPast(noon + 24 * hour);
  });

  it('stays past what it was past', async () => {
    const { progress, send } = await rigOf();
    await progress.assertPast(noon);
    await send(0, noon - hour);
    // Asked for a time that is over, it asks nobody: what was decided before is what counts.
    await progress.assertPast(noon - 1);
    await expect(progress.assertPast(noon + 1)).rejects.toThrow();
  });
});
