import { describe, expect, onTestFinished, test } from 'vitest';
import { kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { tcpDoor } from '../../support/tcp-door.ts';
import { until } from '../../support/until.ts';
import { accountsTopology, newerSchemas, orderOf, versionOf } from './schema-versions.ts';

/** The older version, to which the registry can be taken away; the newer one writes from elsewhere. */
const setUp = async () => {
  const registry = new URL(sharedServers().registry);
  const door = await tcpDoor(Number(registry.port), onTestFinished);
  const behindDoor = `http://127.0.0.1:${String(door.port)}${registry.pathname}`;
  const rig = await kafkaRig(onTestFinished, { partitions: 2 });
  const older = await versionOf(behindDoor, rig.id, rig.topics);
  const newer = await versionOf(registry.href, rig.id, rig.topics, await newerSchemas());
  const balancesAt = async (partition: number, wanted: number): Promise<readonly number[]> => {
    const written = await rig.read(rig.topics.out, partition, wanted);
    await newer.balances.prepare?.(written.map(({ value }) => value));
    return written.map(({ value }) => newer.balances.deserialize(value ?? Buffer.alloc(0)).balance);
  };
  return { door, rig, older, newer, balancesAt };
};

const maxQueuedRecords = 10;
/** As the service has it: other dependencies that stay away cost dead letters then, the registry never. */
const retryPolicy = { delaysMs: [100, 200], afterwards: 'give-up' } as const;

describe('while the registry is away', () => {
  test('known schemas go on, a new one waits with its partition paused, and goes on by itself afterwards', async () => {
    const { door, rig, older, newer, balancesAt } = await setUp();
    const reasons: string[] = [];
    const streams = await rig.streams(accountsTopology(rig.topics, older), {
      ...{ retryPolicy, maxQueuedRecords, maxBatchRecords: 5 },
      listener: { onRetry: (_topology, _task, { message }) => void reasons.push(message) },
    });
    await streams.start();
    await until('the streams run', () => streams.state === 'RUNNING', 30_000);
    const known = (amount: number) => record('m', older.ingest.serialize(orderOf('c', amount)));
    const unknown = (amount: number) => record('m', newer.ingest.serialize(orderOf('c', amount)));
    await rig.send(rig.topics.in, 0, [known(1)]);
    expect(await balancesAt(0, 1)).toEqual([1]);

    await door.close();
    await rig.send(rig.topics.in, 0, [known(2), ...Array.from({ length: 100 }, () => unknown(1))]);
    await rig.send(rig.topics.in, 1, [known(10)]);
    expect(await balancesAt(1, 1)).toEqual([10]);
    // More attempts than the policy has: it neither gives up nor sets anything aside.
    await until('it has tried again and again', () => reasons.length > 6, 30_000);
    expect(new Set(reasons)).toEqual(new Set(['The schema registry is not available']));
    await rig.send(rig.topics.in, 1, [known(20)]);
    expect(await balancesAt(1, 2)).toEqual([10, 30]);
    const held = streams.status().tasks.find(({ taskId }) => taskId === '0_0');
    expect(held?.state).toBe('RETRYING');
    // The consumer stops when the queue is full: a fetch of at most all that there is may have come before.
    expect(held?.queued).toBeLessThanOrEqual(maxQueuedRecords + 101);
    expect(streams.state).not.toBe('ERROR');

    await door.open();
    const expected = [1, 3, ...Array.from({ length: 100 }, (_one, index) => index + 4)];
    expect(await balancesAt(0, expected.length)).toEqual(expected);
    expect(await rig.read(rig.topics.dead, 0)).toEqual([]);
  });

  test('a store that another version has written waits as well, and no record pays for it', async () => {
    const { door, rig, older, newer, balancesAt } = await setUp();
    const stateDir = await rig.stateDir();
    const before = await rig.streams(accountsTopology(rig.topics, newer), { stateDir });
    await before.start();
    await until('the streams run', () => before.state === 'RUNNING', 30_000);
    await rig.send(rig.topics.in, 0, [record('m', newer.ingest.serialize(orderOf('c', 5)))]);
    expect(await balancesAt(0, 1)).toEqual([5]);
    await before.close();

    await door.close();
    let retries = 0;
    const streams = await rig.streams(accountsTopology(rig.topics, older), {
      ...{ stateDir, retryPolicy },
      listener: { onRetry: () => void (retries += 1) },
    });
    await streams.start();
    await until('the streams run', () => streams.state === 'RUNNING', 30_000);
    await rig.send(rig.topics.in, 0, [record('m', older.ingest.serialize(orderOf('c', 1)))]);
    await until('it has tried again and again', () => retries > 6, 30_000);
    expect(await rig.read(rig.topics.dead, 0)).toEqual([]);
    await door.open();
    expect(await balancesAt(0, 2)).toEqual([5, 6]);
    expect(await rig.read(rig.topics.dead, 0)).toEqual([]);
  });
});
