import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Redis } from 'ioredis';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerAddresses } from '../../src/ops/dev/addresses.ts';
import { DataFolderInUseError, PortTakenError } from '../../src/ops/dev/errors.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { startServers } from '../../src/ops/dev/servers.ts';
import { sharedServers, startPrivateServers, temporaryFolder } from '../support/servers.ts';

const kafkaAt = (brokers: readonly string[]): Kafka =>
  new Kafka({ brokers: [...brokers], clientId: 'dev-servers-test', logLevel: logLevel.NOTHING });

const mongoAt = async (address: string): Promise<MongoClient> => {
  const client = await new MongoClient(address, { serverSelectionTimeoutMS: 5_000 }).connect();
  onTestFinished(() => client.close());
  return client;
};

const redisAt = (address: string): Redis => {
  const redis = new Redis(address, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
};

const createTopic = async (kafka: Kafka, topic: string, partitions = 1): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
};

/** What a `read_committed` reader sees, up to the message that says `last`. */
const readUntil = async (kafka: Kafka, topic: string, last: string): Promise<readonly string[]> => {
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: KafkaMessage }): Promise<void> => {
      seen.push(String(message.value));
      if (String(message.value) === last) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return seen;
};

const sendInTransactions = async (kafka: Kafka, topic: string): Promise<void> => {
  const producer = kafka.producer({
    transactionalId: `writer-${randomUUID()}`,
    maxInFlightRequests: 1,
    idempotent: true,
    // A transaction right after another is refused for a moment; the default waits 300 ms each time.
    retry: { initialRetryTime: 20, retries: 20 },
  });
  await producer.connect();
  for (const [value, keep] of [
    ['first', true],
    ['aborted', false],
    ['last', true],
  ] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value }] });
    await (keep ? transaction.commit() : transaction.abort());
  }
  await producer.disconnect();
};

const schemaOf = (fields: readonly object[]): { type: SchemaType.AVRO; schema: string } => ({
  type: SchemaType.AVRO,
  schema: JSON.stringify({ type: 'record', name: 'Probe', namespace: 'test', fields }),
});

const registryAt = (host: string): SchemaRegistry => new SchemaRegistry({ host, retry: { retries: 0 } });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const untilGone = async (pids: readonly number[], withinMs: number): Promise<readonly number[]> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = pids.filter(isRunning);
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(50);
  }
};

describe('the shared servers', () => {
  test('Kafka delivers what was committed and nothing of what was aborted', async () => {
    const kafka = kafkaAt(sharedServers().brokers);
    const topic = `dev-servers-${randomUUID()}`;
    await createTopic(kafka, topic);
    await sendInTransactions(kafka, topic);
    expect(await readUntil(kafka, topic, 'last')).toEqual(['first', 'last']);
  });

  test('Kafka makes no topic by itself', async () => {
    const kafka = kafkaAt(sharedServers().brokers);
    const producer = kafka.producer({ allowAutoTopicCreation: true, retry: { retries: 5, initialRetryTime: 50 } });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const send = producer.send({ topic: `dev-servers-${randomUUID()}`, messages: [{ value: 'x' }] });
    await expect(send).rejects.toMatchObject({ cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' } });
  });

  test('MongoDB commits a transaction as a whole and refuses what a validator forbids', async () => {
    const client = await mongoAt(sharedServers().mongo);
    const database = client.db(`dev_servers_${randomUUID().slice(0, 8)}`);
    onTestFinished(async () => {
      await database.dropDatabase();
    });
    const validator = { $jsonSchema: { required: ['points'], properties: { points: { bsonType: 'int' } } } };
    const entries = await database.createCollection('entries', { validator });

    await client.withSession((session) =>
      session.withTransaction(async () => {
        await entries.insertOne({ points: 1 }, { session });
        await entries.insertOne({ points: 2 }, { session });
      }),
    );
    await expect(
      client.withSession((session) =>
        session.withTransaction(async () => {
          await entries.insertOne({ points: 3 }, { session });
          await entries.insertOne({ points: 'many' }, { session });
        }),
      ),
    ).rejects.toMatchObject({ code: 121 });

    const found = await entries.find({}, { projection: { _id: 0 }, sort: { points: 1 } }).toArray();
    expect(found).toEqual([{ points: 1 }, { points: 2 }]);
  });

  test.each([
    ['cache', 'volatile-lru', 'no'],
    ['state', 'noeviction', 'yes'],
  ] as const)('the Redis for %s keeps a value and has the policy %s', async (role, policy, appendOnly) => {
    const redis = redisAt(sharedServers().redis[role]);
    const key = `dev-servers:${randomUUID()}`;
    await redis.set(key, '42', 'EX', 60);
    expect(await redis.get(key)).toBe('42');
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', policy]);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', appendOnly]);
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', String(128 * 1024 * 1024)]);
  });

  test('the two Redis are two', async () => {
    const { cache, state } = sharedServers().redis;
    const key = `dev-servers:${randomUUID()}`;
    await redisAt(cache).set(key, 'cache', 'EX', 60);
    expect(await redisAt(state).get(key)).toBeNull();
  });

  test('the registry encodes, decodes, and refuses a schema that breaks BACKWARD_TRANSITIVE', async () => {
    const registry = registryAt(sharedServers().registry);
    const subject = `dev-servers-${randomUUID()}-value`;
    const options = { subject, compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE };
    const { id } = await registry.register(schemaOf([{ name: 'points', type: 'int' }]), options);
    const encoded = await registry.encode(id, { points: 7 });
    // Another client has nothing in its cache: it must find the schema by the id in the bytes.
    const other = registryAt(sharedServers().registry);
    expect(await other.decode(encoded)).toMatchObject({ points: 7 });

    const incompatible = schemaOf([
      { name: 'points', type: 'int' },
      { name: 'tier', type: 'string' },
    ]);
    await expect(other.register(incompatible, options)).rejects.toThrow(/compatib/i);
    const compatible = schemaOf([
      { name: 'points', type: 'int' },
      { name: 'tier', type: 'string', default: '' },
    ]);
    const next = await other.register(compatible, options);
    expect(next.id).not.toBe(id);
  });
});

interface Written {
  readonly topic: string;
  readonly schemaId: number;
  readonly encoded: Buffer;
}

const writeEverywhere = async (addresses: ServerAddresses): Promise<Written> => {
  const topic = 'kept';
  const kafka = kafkaAt(addresses.brokers);
  await createTopic(kafka, topic);
  await sendInTransactions(kafka, topic);
  const client = await mongoAt(addresses.mongo);
  await client
    .db('kept')
    .collection('entries')
    .insertOne({ points: 5 }, { writeConcern: { w: 'majority' } });
  await redisAt(addresses.redis.cache).set('kept', 'cache', 'EX', 3_600);
  await redisAt(addresses.redis.state).set('kept', 'state', 'EX', 3_600);
  const registry = registryAt(addresses.registry);
  // Two, so that an id that is counted anew after a restart would be another one.
  await registry.register(schemaOf([{ name: 'other', type: 'int' }]), { subject: 'other-value' });
  const { id } = await registry.register(schemaOf([{ name: 'points', type: 'int' }]), { subject: 'kept-value' });
  return { topic, schemaId: id, encoded: await registry.encode(id, { points: 7 }) };
};

const expectEverywhere = async (addresses: ServerAddresses, written: Written): Promise<void> => {
  expect(await readUntil(kafkaAt(addresses.brokers), written.topic, 'last')).toEqual(['first', 'last']);
  const client = await mongoAt(addresses.mongo);
  expect(await client.db('kept').collection('entries').countDocuments({ points: 5 })).toBe(1);
  expect(await redisAt(addresses.redis.cache).get('kept')).toBe('cache');
  expect(await redisAt(addresses.redis.state).get('kept')).toBe('state');
  const registry = registryAt(addresses.registry);
  expect(await registry.decode(written.encoded)).toMatchObject({ points: 7 });
  expect(await registry.getLatestSchemaId('kept-value')).toBe(written.schemaId);
};

describe('servers of one’s own', () => {
  test('keep their data when they are stopped and started on the same folder, at other ports too', async () => {
    const dataDir = await temporaryFolder('kept');
    const first = await startPrivateServers(onTestFinished, { dataDir });
    const written = await writeEverywhere(first.addresses);
    await first.stop();

    const moved = portsAt((await freePortOffset()) + 1);
    const second = await startPrivateServers(onTestFinished, { dataDir, ports: moved });
    expect(second.addresses.brokers).not.toEqual(first.addresses.brokers);
    await expectEverywhere(second.addresses, written);
  }, 120_000);

  test('restart on what a kill -9 left of them', async () => {
    const { handles, addresses } = await startPrivateServers(onTestFinished, { roles: ['mongo', 'redisState'] });
    const { mongo, redisState } = handles;
    if (mongo === undefined || redisState === undefined) throw new TypeError('The servers have no handles');
    const before = await mongoAt(addresses.mongo);
    await before
      .db('kept')
      .collection('entries')
      .insertOne({ points: 5 }, { writeConcern: { w: 'majority', journal: true } });

    const oldPid = mongo.pid;
    mongo.kill('SIGKILL');
    expect(await mongo.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await mongo.restart();
    expect(mongo.pid).not.toBe(oldPid);
    const after = await mongoAt(addresses.mongo);
    expect(await after.db('kept').collection('entries').countDocuments()).toBe(1);

    // A frozen server answers nothing, and is stopped all the same.
    redisState.kill('SIGSTOP');
    const frozen = redisState.pid;
    await redisState.stop();
    expect(isRunning(frozen)).toBe(false);
  });

  test('are not started when a port is taken, and the error names server, port and way out', async () => {
    const offset = await freePortOffset();
    const { redisState } = portsAt(offset);
    const squatter = createServer().listen(redisState, '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());

    const dataDir = await temporaryFolder('taken');
    const fault: unknown = await startPrivateServers(onTestFinished, { dataDir, ports: portsAt(offset) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(fault).toBeInstanceOf(PortTakenError);
    expect(fault).toMatchObject({ code: 'PORT_TAKEN', server: 'Redis (state)', port: redisState });
    expect((fault as PortTakenError).message).toContain('--port-offset');
    // It was found before anything was started: no server has made its folder.
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('have their data folder to themselves', async () => {
    const { dataDir } = await startPrivateServers(onTestFinished, { roles: ['redisCache'] });
    const second = startServers({
      dataDir,
      ports: portsAt(await freePortOffset()),
      roles: ['redisCache'],
      env: { POINTS_NO_DOCKER: '1' },
    });
    await expect(second).rejects.toBeInstanceOf(DataFolderInUseError);
  });

  test('are not started where the environment names others, and those are left running', async () => {
    const { cache } = sharedServers().redis;
    const servers = await startServers({
      dataDir: await temporaryFolder('none'),
      ports: portsAt(await freePortOffset()),
      roles: ['redisCache', 'redisState'],
      env: { POINTS_NO_DOCKER: '1', REDIS_HOST: cache },
    });
    expect(servers.handles).toEqual({});
    expect(servers.addresses.redis).toEqual({ cache, state: cache });
    await servers.stop();
    expect(await redisAt(cache).ping()).toBe('PONG');
  });

  test('are gone soon after the process that started them was killed with -9', async () => {
    const dataDir = await temporaryFolder('orphans');
    const offset = await freePortOffset();
    const script = path.resolve(import.meta.dirname, '../../src/ops/dev/serve.ts');
    const args = [script, '--port-offset', String(offset), '--data', dataDir, '--only', 'mongo,redisCache'];
    const parent = spawn(process.execPath, args, {
      env: { ...process.env, POINTS_NO_DOCKER: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const addresses = JSON.parse(line) as ServerAddresses;
    const mongo = await mongoAt(addresses.mongo);
    const mongoPid = Number((await mongo.db('admin').command({ serverStatus: 1 }))['pid']);
    const info = await redisAt(addresses.redis.cache).info('server');
    const redisPid = Number(/process_id:(\d+)/.exec(info)?.[1]);
    expect([mongoPid, redisPid].every(isRunning)).toBe(true);

    parent.kill('SIGKILL');
    expect(await untilGone([mongoPid, redisPid], 15_000)).toEqual([]);
  });
});
