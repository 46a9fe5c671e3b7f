import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { UUID } from 'mongodb';
import { kafkajsClientSupplier } from '../../../src/adapters/kafka/index.ts';
import { seedMerchants } from '../../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../../src/app/index.ts';
import { untilCommitted } from '../../../src/app/operators/projections-past.ts';
import { setUp } from '../../../src/app/setup.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import { orderEarnEventId, usualTerms } from '../../../src/domain/index.ts';
import type { ConsumedRecord } from '../../../src/streams/ports.ts';
import { freshDatabase, type OnEnd } from '../../support/mongo-database.ts';
import { sharedServers, temporaryFolder } from '../../support/servers.ts';

const partitions = 4;
const commandLine = path.resolve(import.meta.dirname, '../../../src/ops/cli.ts');

/** The processor on the shared servers, with a database and consumer groups of its own, and the command line beside it. */
export const replayRig = async (onEnd: OnEnd) => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await freshDatabase(mongo, onEnd);
  const applicationId = `replay-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
    ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  let stopProcessor = async (): Promise<void> => {};
  const startProcessor = async (): Promise<void> => {
    const { lifecycle, started } = await prepareProcess('processor', env, () => silentLogger).start();
    stopProcessor = async () => {
      await lifecycle.stop('test');
    };
    await started;
  };
  onEnd(() => stopProcessor());
  await startProcessor();

  const supplier = kafkajsClientSupplier({
    brokers,
    clientId: applicationId,
    logger: silentLogger,
    replicationFactor: 1,
  });
  const admin = supplier.admin();
  await admin.connect();
  onEnd(() => admin.close());
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const serde = await createRegistry({ url: registry }).serde('points.ingest', 'IngestCommand');
  const transactions = connection.database.collection<{ sequence: number; balance_after: number }>(
    'points_transactions',
  );
  const partitionOf = (merchantId: string): number => supplier.partitionOf(Buffer.from(merchantId), partitions);

  return {
    startProcessor,
    stopProcessor: (): Promise<void> => stopProcessor(),
    /** As when somebody drops it, or restores an empty backup; the collections themselves are there. */
    emptyLedger: async (): Promise<void> => {
      await transactions.deleteMany({});
    },
    /** A command's bytes on points.ingest. */
    bytesOf: (command: IngestCommand): Buffer => serde.serialize(command),
    addMerchant: (merchantId: string): Promise<unknown> =>
      seedMerchants(
        connection,
        [
          {
            ...{ merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: ['s'], currency: 'USD' },
            ...{ ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 }, rateLimitPerSecond: 10_000 },
          },
        ],
        systemClock,
      ),
    send: async (commands: readonly IngestCommand[]): Promise<void> => {
      for (const [merchantId, own] of Map.groupBy(commands, ({ merchant_id }) => merchant_id)) {
        const records = own.map((command) => ({
          ...{ key: Buffer.from(merchantId), value: serde.serialize(command), timestamp: Date.now() },
          headers: { correlation_id: command.correlation_id },
        }));
        await producer.send({ topic: 'points.ingest', partition: partitionOf(merchantId), records });
      }
    },
    /** Entries of a merchant in the ledger, in the order of their sequences. */
    ledger: (merchantId: string) =>
      transactions.find({ merchant_id: new UUID(merchantId) }, { sort: { customer_id: 1, sequence: 1 } }).toArray(),
    /** Resolves when the points topology has read all there is now. */
    untilRead: async (topic: 'points.ingest' | 'points.replay', merchantId: string): Promise<void> => {
      const place = { topic, partition: partitionOf(merchantId) };
      const offset = await admin.endOffset(place);
      await untilCommitted(admin, { ...place, groupId: `${applicationId}-points`, offset }, 30_000);
    },
    untilLedgerRead: async (merchantId: string): Promise<void> => {
      const place = { topic: 'audit_log', partition: partitionOf(merchantId) };
      const offset = await admin.endOffset(place);
      await untilCommitted(admin, { ...place, groupId: `${applicationId}-ledger`, offset }, 30_000);
    },
    /** What one replay has copied of a merchant so far. */
    copied: async (merchantId: string, replayId: string): Promise<readonly ConsumedRecord[]> => {
      const place = { topic: 'points.replay', partition: partitionOf(merchantId) };
      const { low, high } = await admin.offsets(place);
      const found: ConsumedRecord[] = [];
      await admin.read(place, { from: low, to: high }, async (records) => {
        found.push(...records.filter(({ headers }) => String(headers['points.replay.id']) === replayId));
      });
      return found;
    },
    startCli: (...args: readonly string[]): ChildProcess => startCli(env, args, onEnd),
    cli: async (...args: readonly string[]) => {
      const child = startCli(env, args, onEnd);
      const [stdout, stderr, [code]] = await Promise.all([
        text(child.stdout!),
        text(child.stderr!),
        once(child, 'exit'),
      ]);
      return { stdout, stderr, code: code as number };
    },
  };
};

const startCli = (env: Readonly<Record<string, string>>, args: readonly string[], onEnd: OnEnd): ChildProcess => {
  const nodePath = { PATH: process.env['PATH'] ?? '' };
  const child = spawn(process.execPath, [commandLine, ...args], { env: { ...nodePath, ...env } });
  onEnd(async () => void child.kill('SIGKILL'));
  return child;
};

export type ReplayRig = Awaited<ReturnType<typeof replayRig>>;

/** An order of 100.00 that was placed so long ago. */
export const orderOf = (merchantId: string, agoMs: number, customerId: string = randomUUID()): IngestCommand => {
  const orderId = String(BigInt(`0x${randomUUID().slice(0, 8)}`));
  return {
    event_id: orderEarnEventId(merchantId, orderId),
    ...{ merchant_id: merchantId, customer_id: customerId, correlation_id: randomUUID(), schema_version: '1.0.0' },
    ...{ occurred_at: Date.now() - agoMs, locale: 'en', delivery_id: null },
    command: {
      'points.OrderCreated': {
        ...{ order_id: orderId, amount_minor: 10_000, currency: 'USD', financial_status: 'paid', source_name: 'web' },
      },
    },
  };
};
