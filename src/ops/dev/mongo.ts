import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MongoClient, MongoServerError, type Document } from 'mongodb';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { mongodProgram } from './install-mongo.ts';
import { probeContext, secureMongoArguments, type SecureServers } from './secure.ts';
import { startServer, type ServerHandle } from './server.ts';

export interface MongoOptions {
  readonly software: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly port: number;
  /** Server parameters to start with, e.g. `enableTestCommands` for tests that make commands fail. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Speaks TLS only. */
  readonly secure?: SecureServers | undefined;
}

const replicaSet = 'rs0';
const notYetInitialized = 94;
const timeouts = { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000, socketTimeoutMS: 5_000 } as const;

/** Transactions need a replica set, so ours is one with a single member. */
export const mongoAddress = (port: number): string => `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSet}`;

const withClient = async (
  address: string,
  work: (client: MongoClient) => Promise<void>,
  secure?: SecureServers,
): Promise<void> => {
  const client = new MongoClient(address, { ...timeouts, ...(secure && { tls: true, ...probeContext(secure) }) });
  try {
    await work(client);
  } finally {
    await client.close();
  }
};

const assertPrimary = async (client: MongoClient): Promise<void> => {
  const hello = await client.db('admin').command({ hello: 1 });
  if (hello['isWritablePrimary'] !== true)
    throw new DependencyUnavailableError('MongoDB', { facts: { primary: false } });
};

/** Throws until a primary answers at the address. */
export const probeMongo = (address: string): Promise<void> => withClient(address, assertPrimary);

const currentConfig = async (client: MongoClient): Promise<Document | undefined> => {
  try {
    return (await client.db('admin').command({ replSetGetConfig: 1 }))['config'] as Document;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return undefined;
    throw error;
  }
};

/**
 * Makes the server the one member of its replica set. On data that was written at another port the member's name is
 * put right; only `force` does that, since with the old name the server finds itself in no set and has no primary.
 */
const ensureReplicaSet = async (client: MongoClient, host: string): Promise<void> => {
  const admin = client.db('admin');
  const config = await currentConfig(client);
  const member = { _id: 0, host };
  if (config === undefined) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [member] } });
    return;
  }
  const members = config['members'] as readonly Document[];
  if (members.length === 1 && members[0]?.['host'] === host) return;
  const version = Number(config['version']) + 1;
  await admin.command({ replSetReconfig: { ...config, version, members: [member] }, force: true });
};

const initiateAndProbe = (port: number, secure?: SecureServers): Promise<void> =>
  withClient(
    `mongodb://127.0.0.1:${port}/?directConnection=true`,
    async (client) => {
      await ensureReplicaSet(client, `127.0.0.1:${port}`);
      await assertPrimary(client);
    },
    secure,
  );

/**
 * Starts mongod as a replica set of one and waits until it is the primary. The data is kept.
 * @throws PortTakenError, ServerFailedError
 */
export const startMongo = async (options: MongoOptions): Promise<ServerHandle> => {
  await mkdir(options.dataDir, { recursive: true });
  const name = 'MongoDB';
  return startServer({
    name,
    command: mongodProgram(options.software),
    args: [
      ...['--replSet', replicaSet, '--bind_ip', '127.0.0.1', '--port', String(options.port)],
      ...['--dbpath', options.dataDir, '--nounixsocket'],
      // By default the cache takes half of the memory and the oplog 5 % of the disk.
      ...['--wiredTigerCacheSizeGB', '0.5', '--oplogSize', '512'],
      ...(options.secure ? secureMongoArguments(options.secure) : []),
      ...Object.entries(options.parameters ?? {}).flatMap(([name, value]) => ['--setParameter', `${name}=${value}`]),
    ],
    logFile: path.join(options.logDir, 'mongo.log'),
    ports: [{ server: name, port: options.port }],
    probe: () => initiateAndProbe(options.port, options.secure),
  });
};
