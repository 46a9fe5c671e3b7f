import { describe, expect, onTestFinished, test } from 'vitest';
import type { KafkaStreams } from '../../../src/streams/index.ts';
import type { ConsumedRecord, ProducedRecord } from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { outsideAvro } from '../../support/avro-outside.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { accountsTopology, newerSchemas, orderOf, type Version, versionOf } from './schema-versions.ts';

const partitions = 4;

/** Both versions of a small service, on topics of their own. */
const setUp = async () => {
  const { registry } = sharedServers();
  const rig = await kafkaRig(onTestFinished, { partitions });
  const older = await versionOf(registry, rig.id, rig.topics);
  const newer = await versionOf(registry, rig.id, rig.topics, await newerSchemas());
  const run = async (version: Version, options: { readonly stateDir?: string } = {}): Promise<KafkaStreams> => {
    const streams = await rig.streams(accountsTopology(rig.topics, version), options);
    await streams.start();
    await until('the streams run', () => streams.state === 'RUNNING', 30_000);
    return streams;
  };
  return { rig, older, newer, run, outside: outsideAvro(registry) };
};

const sent = (value: Buffer, more: Partial<ProducedRecord> = {}): ProducedRecord => ({
  ...record('merchant', value),
  ...more,
});

const schemaId = ({ value }: ConsumedRecord): number => value?.readInt32BE(1) ?? -1;

const readAll = async (rig: KafkaRig, topic: string, wanted: number): Promise<readonly ConsumedRecord[]> => {
  let found: readonly ConsumedRecord[] = [];
  const all = async (): Promise<boolean> => {
    found = (await Promise.all([...Array(partitions).keys()].map((at) => rig.read(topic, at)))).flat();
    return found.length >= wanted;
  };
  await until(`${topic} holds ${String(wanted)} records`, all, 30_000);
  return found;
};

/** A tier has an envelope like any command; the older version does not know what is in it. */
const tierOf = (customer: string) => ({
  ...orderOf(customer, 0),
  command: { 'points.LaterKind': { tier: 'gold' } },
});

describe('two versions side by side', () => {
  test('read what either writes, in order, and nothing is lost on the way', async () => {
    const { rig, older, newer, run, outside } = await setUp();
    const streams = [await run(older), await run(newer)];
    await until(
      'each has partitions',
      () =>
        streams.every(({ state }) => state === 'RUNNING') && streams.every((one) => one.status().tasks.length === 2),
      30_000,
    );
    const each = 40;
    for (let at = 0; at < partitions; at += 1) {
      const records = [...Array(each).keys()].map((index) => {
        const of = [`customer-${String(at)}`, index + 1] as const;
        const value =
          index % 2 === 0
            ? older.ingest.serialize(orderOf(...of))
            : newer.ingest.serialize(orderOf(...of, { gift: true, channel: 'pos' }));
        return sent(value, { headers: { trace: `${String(at)}-${String(index)}` } });
      });
      await rig.send(rig.topics.in, at, records);
    }
    const written = await readAll(rig, rig.topics.out, each * partitions);
    expect(written).toHaveLength(each * partitions);
    // Both were at work, so each has read what the other version's writer wrote.
    expect(new Set(written.map(schemaId)).size).toBe(2);
    for (let at = 0; at < partitions; at += 1) {
      const mine = written.filter(({ partition }) => partition === at);
      const values = await Promise.all(mine.map(({ value }) => outside.decode(value ?? Buffer.alloc(0))));
      const expected = [...Array(each).keys()].map((index) => ({
        ...{ customer_id: `customer-${String(at)}`, sequence: index + 1, balance: ((index + 1) * (index + 2)) / 2 },
        correlation_id: `correlation-${String(index + 1)}`,
      }));
      expect(values).toMatchObject(expected);
      expect(mine.map(({ headers }) => String(headers['trace']))).toEqual(
        [...Array(each).keys()].map((index) => `${String(at)}-${String(index)}`),
      );
      for (const reader of [older, newer]) {
        await reader.balances.prepare?.(mine.map(({ value }) => value));
        expect(mine.map(({ value }) => reader.balances.deserialize(value ?? Buffer.alloc(0)))).toMatchObject(expected);
      }
    }
    expect(await readAll(rig, rig.topics.dead, 0)).toEqual([]);
  });

  test('a kind only the newer knows is set aside whole where the older reads it; replayed, it is applied once', async () => {
    const { rig, older, newer, run } = await setUp();
    const streams = await run(older);
    const tier = newer.ingest.serialize(tierOf('c') as never);
    const orders = [1, 2].map((amount) => newer.ingest.serialize(orderOf('c', amount)));
    await rig.send(
      rig.topics.in,
      0,
      [orders[0]!, tier, orders[1]!].map((value) => sent(value, { headers: { trace: 't' } })),
    );
    const applied = await rig.read(rig.topics.out, 0, 2);
    expect(applied.map(({ value }) => older.balances.deserialize(value!))).toMatchObject([
      { balance: 1, sequence: 1 },
      { balance: 3, sequence: 2 },
    ]);
    const [dead, ...others] = await rig.read(rig.topics.dead, 0, 1);
    expect(others).toEqual([]);
    expect(dead?.value).toEqual(tier);
    expect(String(dead?.headers['trace'])).toBe('t');
    expect(String(dead?.headers['__streams.errors.message'])).toBe(
      'The value uses what our schema does not have: command',
    );
    await streams.close();

    await run(newer);
    await rig.send(rig.topics.in, 0, [sent(dead!.value!)]);
    const [, , replayed] = await rig.read(rig.topics.out, 0, 3);
    expect(newer.balances.deserialize(replayed!.value!)).toMatchObject({ balance: 3, sequence: 3 });
  });
});

describe('a store', () => {
  test.each(['its own folder', 'its changelog alone'])(
    'of the older version is read after an upgrade, and after going back, from %s',
    async (from) => {
      const { rig, older, newer, run } = await setUp();
      const folder = await rig.stateDir();
      const versions = [older, newer, older, newer];
      for (const [index, version] of versions.entries()) {
        const stateDir = from === 'its own folder' ? folder : await rig.stateDir();
        const streams = await run(version, { stateDir });
        await rig.send(rig.topics.in, 0, [sent(version.ingest.serialize(orderOf('c', 10)))]);
        await rig.read(rig.topics.out, 0, index + 1);
        await streams.close();
      }
      const written = await rig.read(rig.topics.out, 0, versions.length);
      await older.balances.prepare?.(written.map(({ value }) => value));
      expect(written.map(({ value }) => older.balances.deserialize(value!))).toMatchObject(
        versions.map((_version, index) => ({ balance: 10 * (index + 1), sequence: index + 1 })),
      );
      const changes = await rig.read(`${rig.id}-accounts-accounts-changelog`, 0, versions.length);
      expect(new Set(changes.map(schemaId)).size).toBe(2);
      expect(await rig.read(rig.topics.dead, 0)).toEqual([]);
    },
  );
});

describe('bytes that are no value', () => {
  test('cost a dead letter each, with the bytes and the reason, and their neighbours are applied in order', async () => {
    const { rig, older, run } = await setUp();
    const good = (amount: number) => older.ingest.serialize(orderOf('c', amount));
    const unknown = Buffer.concat([Buffer.from([0, 127, 255, 255, 255]), good(7).subarray(5)]);
    const bad = [
      [unknown, 'The schema of the value is not known'],
      [good(7).subarray(0, -1), 'The value does not fit its schema'],
      [Buffer.concat([good(7), Buffer.from([0])]), 'The value does not fit its schema: bytes are left over'],
      [Buffer.from([0, 0, 0]), 'The value is not in the registry wire format'],
      [Buffer.alloc(0), 'The value is not in the registry wire format'],
      [Buffer.from('{"event_id":1}'), 'The value is not in the registry wire format'],
    ] as const;
    const values = bad.flatMap(([bytes], index) => [bytes, good(index + 1)]);
    await rig.send(
      rig.topics.in,
      0,
      values.map((value) => sent(value)),
    );
    await run(older);
    const applied = await rig.read(rig.topics.out, 0, bad.length);
    expect(applied.map(({ value }) => older.balances.deserialize(value!))).toMatchObject(
      bad.map((_one, index) => ({ sequence: index + 1, balance: ((index + 1) * (index + 2)) / 2 })),
    );
    const dead = await rig.read(rig.topics.dead, 0, bad.length);
    expect(dead.map(({ value }) => value)).toEqual(bad.map(([bytes]) => bytes));
    for (const [index, [, reason]] of bad.entries()) {
      const headers = dead[index]?.headers ?? {};
      expect(String(headers['__streams.errors.code'])).toBe('DESERIALIZATION_FAILED');
      expect(String(headers['__streams.errors.stage'])).toBe('deserialization');
      expect(String(headers['__streams.errors.message'])).toContain(reason);
      expect(String(headers['__streams.errors.offset'])).toBe(String(2 * index));
      expect(String(headers['__streams.errors.retryable'])).toBe('false');
    }
  });
});
