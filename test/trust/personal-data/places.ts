import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { type IHeaders, Kafka, logLevel } from 'kafkajs';
import type { MongoClient } from 'mongodb';
import type { Held } from './find.ts';

/** Files of a folder and of all folders in it: logs, state stores. */
export const inFolder = async (folder: string): Promise<readonly Held[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  // A store removes its own files meanwhile; what is gone holds nothing.
  const read = async (file: string): Promise<readonly Held[]> => {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    return [{ place: `file ${path.relative(folder, file)}`, bytes: Buffer.concat([Buffer.from(`${file}\n`), bytes]) }];
  };
  return (await Promise.all(files.map(read))).flat();
};

/** Raw BSON of every document of a database, in every collection. */
export const inMongo = async (client: MongoClient, database: string): Promise<readonly Held[]> => {
  const collections = await client.db(database).listCollections().toArray();
  const held: Held[] = [];
  for (const { name, type } of collections) {
    if (type === 'view' || name.startsWith('system.')) continue;
    const documents = client.db(database).collection(name).find({}, { raw: true });
    for await (const document of documents) {
      held.push({ place: `Mongo ${name}`, bytes: document as unknown as Buffer });
    }
  }
  return held;
};

const valueOf = async (redis: Redis, key: Buffer): Promise<readonly unknown[]> => {
  const readers: Readonly<Record<string, () => Promise<unknown>>> = {
    string: () => redis.getBuffer(key),
    hash: () => redis.callBuffer('HGETALL', key),
    list: () => redis.lrangeBuffer(key, 0, -1),
    set: () => redis.smembersBuffer(key),
    zset: () => redis.callBuffer('ZRANGE', key, '0', '-1', 'WITHSCORES'),
    stream: () => redis.callBuffer('XRANGE', key, '-', '+'),
  };
  const type = await redis.type(key);
  if (type === 'none') return [];
  const reader = readers[type];
  if (reader === undefined) throw new Error(`Nobody reads a ${type} of Redis`);
  return [await reader()].flat(4);
};

/** Keys and values of one Redis. */
export const inRedis = async (name: string, url: string): Promise<readonly Held[]> => {
  const redis = new Redis(url);
  try {
    const keys = (await redis.callBuffer('KEYS', '*')) as Buffer[];
    return await Promise.all(
      keys.map(async (key) => {
        const parts = (await valueOf(redis, key)).map((part) =>
          Buffer.isBuffer(part) ? part : Buffer.from(String(part)),
        );
        return { place: `Redis ${name} ${key.toString()}`, bytes: Buffer.concat([key, ...parts]) };
      }),
    );
  } finally {
    redis.disconnect();
  }
};

const headerBytes = (headers: IHeaders | undefined): readonly Buffer[] =>
  Object.entries(headers ?? {}).flatMap(([name, value]) => [
    Buffer.from(name),
    ...[value ?? []].flat().map((one) => Buffer.from(one)),
  ]);

/**
 * Keys, values and headers of every record of every topic that has any, changelogs and dead letters too, and of what
 * transactions have aborted.
 */
export const inKafka = async (brokers: readonly string[]): Promise<readonly Held[]> => {
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'canary-reader', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__') && topic !== '_schemas');
  const missing = new Map<string, number>();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (Number(high) > Number(low)) missing.set(`${topic}/${String(partition)}`, Number(high));
    }
  }
  const held: Held[] = [];
  const done = Promise.withResolvers<undefined>();
  const groupId = `canary-reader-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, readUncommitted: true, maxWaitTimeInMs: 200 });
  await consumer.connect();
  try {
    await consumer.subscribe({
      topics: [...new Set([...missing.keys()].map((name) => name.split('/')[0]!))],
      fromBeginning: true,
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const name = `${batch.topic}/${String(batch.partition)}`;
        for (const { key, value, headers, offset } of batch.messages) {
          const bytes = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0), ...headerBytes(headers)]);
          held.push({ place: `Kafka ${name}@${offset}`, bytes });
        }
        if (Number(batch.lastOffset()) + 1 >= (missing.get(name) ?? 0)) missing.delete(name);
        if (missing.size === 0) done.resolve(undefined);
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
  return held;
};

/** A process's `/metrics`. */
export const inMetrics = async (name: string, port: number): Promise<readonly Held[]> => {
  const page = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  return [{ place: `metrics of ${name}`, bytes: Buffer.from(page) }];
};
