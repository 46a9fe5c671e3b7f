import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { type KafkaRig, kafkaRig } from '../kafka-rig.ts';
import { type JoinTopics, joinTopology } from './join-topology.ts';
import type { JoiningOptions } from './joining-worker.ts';

const partitions = 2;
const numbers = [0, 1];
const text = (key: string, value: string | null, timestamp: number) => ({
  ...{ key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp, headers: {} },
});

const topicsOf = async (rig: KafkaRig): Promise<JoinTopics> => {
  const table = `${rig.id}-table`;
  await rig.admin.createTopics([{ name: table, partitions, config: { 'retention.ms': '-1' } }]);
  return { stream: rig.topics.in, table, out: rig.topics.out, dead: rig.topics.dead };
};

/** Version `n` of each key's entry at the time 10n + 1, and a record of the stream at 10n + 5. */
const versions = async (
  rig: KafkaRig,
  { stream, table }: JoinTopics,
  from: number,
  to: number,
  order: 'table first' | 'stream first',
): Promise<void> => {
  for (const partition of numbers) {
    const keys = ['a', 'b', 'c'].map((key) => `${key}${String(partition)}`);
    const of = (what: string, at: number) =>
      Array.from({ length: to - from }, (_, index) => from + index).flatMap((version) =>
        keys.map((key) => text(key, `${what}${String(version)}`, version * 10 + at)),
      );
    const sends = [() => rig.send(table, partition, of('t', 1)), () => rig.send(stream, partition, of('s', 5))];
    for (const send of order === 'table first' ? sends : sends.reverse()) await send();
  }
};

const expectJoined = async (rig: KafkaRig, { out }: JoinTopics, to: number): Promise<void> => {
  for (const partition of numbers) {
    const byKey = new Map<string, string[]>();
    for (const { key, value } of await rig.read(out, partition, to * 3)) {
      byKey.set(String(key), [...(byKey.get(String(key)) ?? []), String(value)]);
    }
    const expected = Array.from({ length: to }, (_, version) => `s${String(version)}=t${String(version)}`);
    for (const key of ['a', 'b', 'c']) expect(byKey.get(`${key}${String(partition)}`), key).toEqual(expected);
    expect(byKey.size).toBe(3);
  }
};

const startWorker = (options: JoiningOptions) => {
  const script = join(import.meta.dirname, 'joining-worker.ts');
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', script, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  return { kill };
};

describe('a stream joined with a table on a broker', () => {
  it('puts what both topics hold in the order of its time, whichever was written and is fetched first', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const topics = await topicsOf(rig);
    // More than waits in a task at once, and the stream's all there before the first of the table's.
    await versions(rig, topics, 0, 400, 'stream first');
    const streams = await rig.streams(joinTopology(topics), { maxQueuedRecords: 200, maxBatchRecords: 150 });
    await streams.start();
    const processed = (): number => streams.status().tasks.reduce((sum, task) => sum + task.processed, 0);
    await until('all is joined', () => processed() === 400 * 3 * 2 * partitions, 45_000);
    await expectJoined(rig, topics, 400);
    expect(await streams.store<string>('entries').get('b1')).toBe('t399');
  });

  it('goes on with the table as it was when an instance is killed, and when its store is lost', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const topics = await topicsOf(rig);
    const stateDir = await rig.stateDir();
    const options = { brokers: sharedServers().brokers, applicationId: rig.id, topics, stateDir };
    await versions(rig, topics, 0, 100, 'table first');
    const first = startWorker(options);
    // Killed while it is at it.
    await until('some is joined', async () => (await rig.read(topics.out, 0)).length > 30, 20_000);
    await first.kill();
    const restored: number[] = [];
    const second = await rig.streams(joinTopology(topics), {
      stateDir,
      listener: { onRestored: (_topology, _task, _store, records) => void restored.push(records) },
    });
    await second.start();
    await versions(rig, topics, 100, 150, 'table first');
    await until('the first partition is joined', async () => (await rig.read(topics.out, 0)).length === 450, 30_000);
    await expectJoined(rig, topics, 150);
    await second.close();
    // An instance that never had the store: the stream's records alone, joined with what the changelog gives back.
    const third = await rig.streams(joinTopology(topics), {
      listener: { onRestored: (_topology, _task, _store, records) => void restored.push(records) },
    });
    await third.start();
    for (const partition of numbers) {
      await rig.send(topics.stream, partition, [text(`a${String(partition)}`, 'last', 9_999)]);
      const joined = await rig.read(topics.out, partition, 151 * 3 - 2);
      expect(String(joined.at(-1)?.value)).toBe('last=t149');
    }
    expect(restored.filter((records) => records > 0).length).toBeGreaterThanOrEqual(2);
  });
});
