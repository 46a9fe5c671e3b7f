import type { Document } from 'mongodb';
import type { CollectionDeclaration } from './collection.ts';
import { collections } from './collections.ts';
import type { MongoConnection } from './client.ts';
import { onMongo } from './failures.ts';

/** MongoDB as an operator asks for it. */
export interface MongoFacts {
  readonly version: string;
  /** Of a replica set, or reached through mongos: without one there are no majority writes and no change streams. */
  readonly isReplicated: boolean;
  /** The server's clock. Milliseconds since the epoch. */
  readonly now: number;
  /** Share of its disk that is used, 0–1; undefined where it does not say. */
  readonly diskUsed: number | undefined;
  /** Collections and indexes that are declared and not there, or without their validator: `translations`, `merchants.by_shop`. */
  readonly missing: readonly string[];
  /** Commands that wait for Kafka. */
  readonly offlineQueue: number;
}

const queueName = 'pos_offline_queue';

const lacks = async (
  { database }: MongoConnection,
  { name, indexes }: CollectionDeclaration,
  found: Document | undefined,
): Promise<readonly string[]> => {
  if (found === undefined) return [name];
  const options = found['options'] as Document | undefined;
  const present = await database.collection(name).indexes();
  const names = new Set(present.map((index) => index.name));
  return [
    ...(options?.['validator'] === undefined ? [`${name} (its validator)`] : []),
    ...indexes.flatMap((index) => (names.has(index.name) ? [] : [`${name}.${index.name}`])),
  ];
};

/** @throws DependencyUnavailableError */
export const mongoFacts = (connection: MongoConnection): Promise<MongoFacts> =>
  onMongo(async () => {
    const { database } = connection;
    const hello = await database.command({ hello: 1 });
    const { version } = (await database.command({ buildInfo: 1 })) as { version: string };
    const stats = await database.command({ dbStats: 1 });
    const present = new Map(
      (await database.listCollections().toArray()).map((one): [string, Document] => [one.name, one]),
    );
    const missing = await Promise.all(collections.map((one) => lacks(connection, one, present.get(one.name))));
    const total = Number(stats['fsTotalSize'] ?? 0);
    return {
      version,
      isReplicated: hello['setName'] !== undefined || hello['msg'] === 'isdbgrid',
      now: (hello['localTime'] as Date).getTime(),
      diskUsed: total > 0 ? Number(stats['fsUsedSize']) / total : undefined,
      missing: missing.flat(),
      offlineQueue: present.has(queueName) ? await database.collection(queueName).estimatedDocumentCount() : 0,
    };
  });
