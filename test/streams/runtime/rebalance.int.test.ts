import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Consumed,
  type KafkaStreams,
  processBatch,
  StreamsBuilder,
  type StreamsOptions,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { type Counted, countingTopology, numbers } from '../counting-topology.ts';
import { recordingLogger } from '../harness.ts';
import { type KafkaRig, kafkaRig, record } from '../kafka-rig.ts';

const partitions = 4;
const all = [0, 1, 2, 3];

/** Sends numbers to every partition until it is told to stop; answers with how many each partition got. */
const keepSending = (rig: KafkaRig): { readonly stop: () => Promise<number> } => {
  const over = new AbortController();
  const sending = (async () => {
    let next = 0;
    while (!over.signal.aborted) {
      for (const partition of all) {
        const records = Array.from({ length: 20 }, (_, index) =>
          record(`${'abc'[index % 3] ?? ''}${String(partition)}`, next + index),
        );
        await rig.send(rig.topics.in, partition, records);
      }
      next += 20;
      await sleep(30);
    }
    return next;
  })();
  onTestFinished(async () => {
    over.abort();
    await sending;
  });
  return {
    stop: () => {
      over.abort();
      return sending;
    },
  };
};

const tasksOf = (streams: KafkaStreams): string[] =>
  streams
    .status()
    .tasks.filter(({ state }) => state === 'RUNNING')
    .map(({ taskId }) => taskId)
    .sort();

const expectExactlyOnce = async (rig: KafkaRig, perPartition: number): Promise<void> => {
  for (const partition of all) {
    const byKey = new Map<string, Counted[]>();
    for (const { key, value } of await rig.read(rig.topics.out, partition, perPartition)) {
      const name = String(key);
      byKey.set(name, [...(byKey.get(name) ?? []), JSON.parse(String(value)) as Counted]);
    }
    let found = 0;
    for (const counted of byKey.values()) {
      found += counted.length;
      expect(counted.map(({ count }) => count)).toEqual(counted.map((_, index) => index + 1));
      const values = counted.map(({ value }) => value);
      expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    }
    expect(found).toBe(perPartition);
  }
};

describe('a second instance', () => {
  it('takes over half of the partitions and gives them back; nothing is lost, doubled or out of order', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const logger = recordingLogger();
    const fatal: Error[] = [];
    const options: Partial<StreamsOptions> = {
      logger,
      maxBatchRecords: 25,
      listener: {
        onFatal: (_topology, error) => {
          fatal.push(error);
        },
      },
    };
    const first = await rig.streams(countingTopology(rig.topics), options);
    await first.start();
    await until('the first has all', () => tasksOf(first).length === 4, 20_000);
    const sending = keepSending(rig);
    await sleep(500);
    for (let round = 0; round < 2; round += 1) {
      const second = await rig.streams(countingTopology(rig.topics), options);
      await second.start();
      await until('each has two', () => [first, second].every((each) => tasksOf(each).length === 2), 20_000);
      expect([...tasksOf(first), ...tasksOf(second)].sort()).toEqual(['0_0', '0_1', '0_2', '0_3']);
      await sleep(500);
      await second.close();
      await until('the first has all again', () => tasksOf(first).length === 4, 20_000);
    }
    const sent = await sending.stop();
    await until(
      'all is committed',
      async () => {
        const ends = await Promise.all(all.map((partition) => rig.committed('counting', rig.topics.in, partition)));
        return ends.every((offset) => offset === sent);
      },
      20_000,
    );
    await first.close();
    await expectExactlyOnce(rig, sent);
    expect(fatal).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('instances of a projection', () => {
  it('share its partitions, and never set the committed offsets back', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const written = new Map<string, number>();
    const projection = (writeMs: number) => {
      const builder = new StreamsBuilder('projection').deadLettersTo(rig.topics.dead);
      builder.stream<string, number>(rig.topics.in, Consumed.with(numbers)).pipe(
        processBatch<string, number, string, number>('write', {
          create: () => async (records) => {
            await sleep(writeMs);
            for (const { value, source } of records) {
              const id = `${String(source.partition)}:${String(source.offset)}:${String(value)}`;
              written.set(id, (written.get(id) ?? 0) + 1);
            }
            return records;
          },
        }),
      );
      return builder.build();
    };
    const options: Partial<StreamsOptions> = { processingGuarantee: 'at_least_once' };
    // So slow that a batch is in flight while the new owner of its partition has committed more than once.
    const first = await rig.streams(projection(700), options);
    await first.start();
    const sending = keepSending(rig);
    const reached = new Map<number, number>();
    const watch = async (): Promise<void> => {
      for (const partition of all) {
        const offset = (await rig.committed('projection', rig.topics.in, partition)) ?? 0;
        expect(offset, `partition ${String(partition)}`).toBeGreaterThanOrEqual(reached.get(partition) ?? 0);
        reached.set(partition, offset);
      }
    };
    for (let round = 0; round < 2; round += 1) {
      const second = await rig.streams(projection(5), options);
      await second.start();
      for (let look = 0; look < 50; look += 1) await watch();
      await second.close();
      for (let look = 0; look < 20; look += 1) await watch();
    }
    const sent = await sending.stop();
    await until(
      'all is committed',
      async () => {
        await watch();
        return all.every((partition) => reached.get(partition) === sent);
      },
      30_000,
    );
    expect(written.size).toBe(sent * partitions);
  });
});
