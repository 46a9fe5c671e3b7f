import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { installServers } from '../../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../../src/ops/dev/kafka.ts';
import { changelogTopic } from '../../../src/streams/index.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { outsideKafka } from '../../support/kafka-outside.ts';
import { seededRandom } from '../../support/random.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { type Counted, numbers } from '../counting-topology.ts';
import { type KafkaRig, kafkaRig, record } from '../kafka-rig.ts';
import { startWorker, type Worker } from '../workers.ts';

const partitions = 4;
const keysOf = (partition: number): string[] => ['a', 'b', 'c'].map((name) => `${name}${String(partition)}`);

/**
 * Numbers 0, 1, 2 … into every partition, a few at a time, each key in turn.
 * @param goesOn more than `perPartition`, for as long as this says so
 * @returns how many are in each partition then
 */
const produce = async (
  rig: KafkaRig,
  perPartition: number,
  pauseMs: number,
  from = 0,
  goesOn: () => boolean = () => false,
): Promise<number> => {
  const portion = 100;
  let at = from;
  for (; at < from + perPartition || goesOn(); at += portion) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const keys = keysOf(partition);
      const records = Array.from({ length: portion }, (_, index) =>
        record(keys[(at + index) % keys.length] ?? '', at + index, 1_000 + at + index),
      );
      await rig.send(rig.topics.in, partition, records);
    }
    await sleep(pauseMs);
  }
  return at;
};

/** What a reader of Kafka's own sees, each key's records in the order of its partition. */
const readByKey = async (topic: string): Promise<ReadonlyMap<string, readonly Counted[]>> => {
  const { kafka } = await installServers({ kinds: ['kafka'] });
  const found = await outsideKafka(`${kafkaLibraries(kafka)}/*`, sharedServers().brokers, 2_500).read(topic);
  const byKey = new Map<string, Counted[]>();
  for (const { key, value } of [...found].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const known = byKey.get(key) ?? [];
    byKey.set(key, known);
    known.push(JSON.parse(String(value)) as Counted);
  }
  return byKey;
};

/** Every input once and in order per key, and counted by a store that forgot and repeated nothing. */
const expectExactlyOnce = async (rig: KafkaRig, perPartition: number): Promise<void> => {
  const byKey = await readByKey(rig.topics.out);
  for (let partition = 0; partition < partitions; partition += 1) {
    keysOf(partition).forEach((key, index) => {
      const wanted: Counted[] = [];
      for (let value = index; value < perPartition; value += 3) wanted.push({ value, count: wanted.length + 1 });
      expect(byKey.get(key), key).toEqual(wanted);
    });
  }
  expect(byKey.size).toBe(partitions * 3);
};

const endOf = async (rig: KafkaRig): Promise<number> => {
  const committed = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => rig.committed('counting', rig.topics.in, partition)),
  );
  return committed.reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
};

describe('workers killed with -9 at random', () => {
  it('leave every input exactly once and in order, and stores that agree with the outputs', {
    timeout: 90_000,
  }, async () => {
    const seed = Date.now() % 100_000;
    console.log(`seed ${String(seed)}`);
    const random = seededRandom(seed);
    const rig = await kafkaRig(onTestFinished, { partitions });
    const workers = await Promise.all([1, 2].map(() => startWorker(rig, onTestFinished)));
    const strikes = 3;
    let kills = 0;
    // A victim works only while there is something to do, however long the one before took to come back.
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const producing = produce(rig, 900, 250, 0, () => kills < strikes && !isOver);
    for (let strike = 0; strike < strikes; strike += 1) {
      const victim = workers[strike % 2]!;
      const before = victim.committed;
      await until('the victim works', () => victim.committed > before, 30_000);
      await sleep(random.between(0, 400));
      victim.kill('SIGKILL');
      expect(await victim.ended()).toBe('SIGKILL');
      kills += 1;
      victim.start();
    }
    const perPartition = await producing;
    await until('all is committed', async () => (await endOf(rig)) === partitions * perPartition, 40_000);
    expect(kills).toBe(strikes);
    // One that is still loading its code cannot close yet: the other may have done all of its work.
    const taskIds = Array.from({ length: partitions }, (_, partition) => `0_${String(partition)}`);
    const hasTask = ({ isRunning }: Worker): boolean => taskIds.some((taskId) => isRunning(taskId));
    await until('both workers have tasks', () => workers.every(hasTask), 30_000);
    for (const worker of workers) {
      worker.kill('SIGTERM');
      expect(await worker.ended()).toBe(0);
      expect(worker.lines.filter(({ what }) => what === 'fatal')).toEqual([]);
    }
    await expectExactlyOnce(rig, perPartition);

    // Of each task the newest of the two copies holds what was written last.
    const topic = changelogTopic(rig.id, 'counting', 'counts');
    for (let partition = 0; partition < partitions; partition += 1) {
      const { high } = await rig.admin.offsets({ topic, partition });
      const copies = await Promise.all(
        workers.map(async ({ stateDir }) => {
          const state = await DiskState.open(
            join(stateDir, `${rig.id}-counting`, `0_${String(partition)}`),
            silentLogger,
          );
          onTestFinished(() => state.close());
          const values = await state.getMany('counts', keysOf(partition));
          const checkpoint = (await state.checkpoints()).get(topic);
          return { checkpoint, counts: values.map((value) => value && numbers.deserialize(value)) };
        }),
      );
      const newest = copies.find(({ checkpoint }) => checkpoint === high);
      const counts = [2, 1, 0].map((behind) => Math.floor((perPartition + behind) / 3));
      expect(newest?.counts, `partition ${String(partition)}`).toEqual(counts);
    }
  });
});

describe('a frozen worker', () => {
  it('that was taken out of the group and goes on lets go of what it had, and nothing is lost or doubled', {
    timeout: 90_000,
  }, async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const perPartition = 600;
    const frozen = await startWorker(rig, onTestFinished, { transactionTimeoutMs: 2_000 });
    const producing = produce(rig, perPartition, 150);
    await until('it works', () => frozen.committed > 50, 30_000);
    frozen.kill('SIGSTOP');
    const stoppedAt = Date.now();
    const other = await startWorker(rig, onTestFinished, { transactionTimeoutMs: 2_000 });
    await until(
      'the other works on all partitions',
      () => [0, 1, 2, 3].every((id) => other.isRunning(`0_${String(id)}`)),
      30_000,
    );
    await producing;
    // Longer than the transaction time-out and the session time-out together.
    await sleep(Math.max(0, 8_500 - (Date.now() - stoppedAt)));
    const before = frozen.lines.length;
    frozen.kill('SIGCONT');
    // Fenced in mid-commit, or told by the group that it has another share.
    const letGo = new Set(['FENCED', 'CLOSED']);
    await until('it lets go', () => frozen.lines.slice(before).some(({ state }) => letGo.has(state ?? '')), 20_000);
    await produce(rig, 300, 50, perPartition);
    await until('all is committed', async () => (await endOf(rig)) === partitions * (perPartition + 300), 40_000);
    await until(
      'both have their share',
      () =>
        [frozen, other].every(
          (worker) => [0, 1, 2, 3].filter((id) => worker.isRunning(`0_${String(id)}`)).length === 2,
        ),
      20_000,
    );
    for (const worker of [frozen, other]) {
      worker.kill('SIGTERM');
      expect(await worker.ended()).toBe(0);
      expect(worker.lines.filter(({ what }) => what === 'fatal')).toEqual([]);
    }
    await expectExactlyOnce(rig, perPartition + 300);
  });
});

describe('the stores of a restarted worker', () => {
  it('are restored from the tail behind their checkpoint, and from the beginning where the folder is gone', {
    timeout: 60_000,
  }, async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const worker = await startWorker(rig, onTestFinished);
    await produce(rig, 300, 0);
    await until('all is committed', async () => (await endOf(rig)) === partitions * 300, 30_000);
    worker.kill('SIGTERM');
    expect(await worker.ended()).toBe(0);

    const restoredSince = async (from: number): Promise<number[]> => {
      const lines = (): number[] =>
        worker.lines.slice(from).flatMap(({ what, records }) => (what === 'restored' ? [records ?? 0] : []));
      await until('every store is restored', () => lines().length === partitions, 30_000);
      return lines();
    };
    // Nothing is behind the checkpoints of a worker that closed.
    let said = worker.lines.length;
    worker.start();
    expect(await restoredSince(said)).toEqual([0, 0, 0, 0]);
    await until('it runs', () => [0, 1, 2, 3].every((id) => worker.isRunning(`0_${String(id)}`)), 10_000);
    worker.kill('SIGTERM');
    await worker.ended();

    // Another instance goes on: what it writes is the tail for the first.
    const other = await startWorker(rig, onTestFinished);
    await produce(rig, 100, 0, 300);
    await until('all is committed', async () => (await endOf(rig)) === partitions * 400, 30_000);
    const commits = other.lines.filter(({ what }) => what === 'commit').length;
    other.kill('SIGTERM');
    await other.ended();
    said = worker.lines.length;
    worker.start();
    const tail = await restoredSince(said);
    for (const records of tail) expect(records).toBeGreaterThan(0);
    // A commit writes each of three keys at most once.
    expect(tail.reduce((sum, records) => sum + records, 0)).toBeLessThanOrEqual(commits * 3);
    worker.kill('SIGTERM');
    await worker.ended();

    await rm(worker.stateDir, { recursive: true });
    said = worker.lines.length;
    worker.start();
    const full = await restoredSince(said);
    full.forEach((records, index) => {
      expect(records).toBeGreaterThan(tail[index] ?? 0);
    });
    await produce(rig, 100, 0, 400);
    await until('all is committed', async () => (await endOf(rig)) === partitions * 500, 30_000);
    worker.kill('SIGTERM');
    await worker.ended();
    await expectExactlyOnce(rig, 500);
  });
});
