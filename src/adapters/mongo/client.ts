import type { SecureContext } from 'node:tls';
import { type Db, MongoClient, type MongoClientOptions, ReadConcern } from 'mongodb';
import { ConfigError } from '../../common/errors.ts';
import { mongoFailure, onMongo } from './failures.ts';

export interface MongoOptions {
  /** What POINTS_DB_HOST holds: `host:port`, several with commas, or a connection string. */
  readonly uri: string;
  readonly database: string;
  /** Names the connections in the server's log and in `currentOp`. */
  readonly appName: string;
  /** Connections to each server; 20 by default. */
  readonly maxPoolSize?: number;
  /** Speaks TLS with these certificates; what the connection string says of TLS by default. */
  readonly tls?: SecureContext | undefined;
}

/** A connected client and the one database we use of it. */
export interface MongoConnection {
  readonly client: MongoClient;
  readonly database: Db;
  /**
   * Asks the primary whether it answers, for health checks.
   * @throws DependencyUnavailableError when it does not within 2 s
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const pingWithinMs = 2_000;

/**
 * The driver waits for ever on a silent socket and on a full pool unless it is told otherwise. The steps of the ladder:
 * a majority that is not reached is told before the socket is given up.
 */
const timeouts = {
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  waitQueueTimeoutMS: 3_000,
  socketTimeoutMS: 6_000,
} as const satisfies MongoClientOptions;

const majorityWithinMs = 5_000;

const connectionString = (uri: string): string => (uri.includes('://') ? uri : `mongodb://${uri}`);

const createClient = ({ uri, appName, maxPoolSize = 20, tls }: MongoOptions): MongoClient => {
  try {
    return new MongoClient(connectionString(uri), {
      ...timeouts,
      appName,
      maxPoolSize,
      ...(tls && { tls: true, secureContext: tls }),
      retryWrites: true,
      retryReads: true,
      readPreference: 'primary',
      readConcern: new ReadConcern('majority'),
      writeConcern: { w: 'majority', wtimeoutMS: majorityWithinMs },
    });
  } catch {
    // Our options are always the same, so it is the address. What the driver says may quote it, password and all.
    throw new ConfigError(['the address of MongoDB cannot be read']);
  }
};

/**
 * Connects to MongoDB with every time-out set, `w: majority` and majority reads. These go before what a connection
 * string says about them.
 * @throws ConfigError when the address cannot be read
 * @throws DependencyUnavailableError when no primary answers within 3 s
 */
export const connectMongo = async (options: MongoOptions): Promise<MongoConnection> => {
  const client = createClient(options);
  const database = client.db(options.database);
  const ping = (): Promise<void> =>
    onMongo(async () => {
      await database.command({ ping: 1 }, { signal: AbortSignal.timeout(pingWithinMs) });
    });
  try {
    await client.connect();
    await ping();
  } catch (error) {
    await client.close();
    throw mongoFailure(error);
  }
  return { client, database, ping, close: () => client.close() };
};
