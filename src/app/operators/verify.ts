import { connectMongo, createLedgerBook, createRedemptionBook } from '../../adapters/mongo/index.ts';
import { createCacheBook, createRedis } from '../../adapters/redis/index.ts';
import { createRegistry } from '../../adapters/registry/index.ts';
import { verifyBooks, type VerifyReport } from '../../audit/index.ts';
import type { Logger } from '../../common/logger.ts';
import { topics } from '../../contracts/index.ts';
import type { Config } from '../config.ts';
import { connectOperatorKafka, operatorPatienceMs } from './operator-kafka.ts';
import { createProjectionsPast } from './projections-past.ts';
import { openTransport } from '../transport.ts';
import { waitFor } from '../wait-for.ts';

export interface VerifyOptions {
  /** Only this merchant's books; a UUID in lower case. */
  readonly merchantId?: string;
  /** How long projections may take to catch up. Milliseconds, 60,000 by default. */
  readonly timeoutMs?: number;
  /** Told after each partition: how many audit records have been read in all. */
  readonly onProgress?: (partition: number, records: number) => void;
  /** Where the books are, if they are not called as the contract has it. */
  readonly topics?: { readonly audit: string; readonly balances: string };
}

/** Of up to 500 keys at a time; nobody waits for it as a reader of balances does. */
const commandTimeoutMs = 5_000;

/**
 * Proves the books on real servers; reads only.
 * @throws ProjectionBehindError
 * @throws DependencyUnavailableError when a server does not answer within 10 s
 */
export async function verify(
  config: Config<'verify'>,
  logger: Logger,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { merchantId, timeoutMs = 60_000, onProgress } = options;
  const { mongoUrl: uri, mongoDatabase: database, applicationId } = config;
  const names = options.topics ?? { audit: topics.audit.name, balances: topics.balances.name };
  const waiting = { logger, signal: new AbortController().signal, timeoutMs: operatorPatienceMs };
  const transport = openTransport(config, { logger });
  const opened: (() => Promise<void>)[] = [];
  try {
    const kafka = await connectOperatorKafka(config, logger);
    opened.push(() => kafka.close());
    const connection = await waitFor(
      'MongoDB',
      () => connectMongo({ uri, database, appName: 'points-verify', tls: transport.mongo }),
      waiting,
    );
    opened.push(() => connection.close());
    const redis = createRedis({
      ...{ url: config.redisCacheUrl, name: 'cache', logger, commandTimeoutMs },
      tls: transport.redis,
    });
    opened.push(() => redis.close());
    await redis.whenReady(operatorPatienceMs);
    const registry = createRegistry({ url: config.registryUrl, tls: transport.registry });
    const [audit, balances] = await waitFor(
      'The schema registry',
      () =>
        Promise.all([
          registry.serde(names.audit, topics.audit.record),
          registry.serde(names.balances, topics.balances.record),
        ]),
      waiting,
    );
    const partitions = (await kafka.admin.partitionCounts([names.audit])).get(names.audit) ?? 0;
    const partitionOf = (merchant: string): number => kafka.partitionOf(merchant, partitions);
    return await verifyBooks({
      trail: {
        admin: kafka.admin,
        audit: { topic: names.audit, serde: audit },
        balances: { topic: names.balances, serde: balances },
        ...(merchantId !== undefined && { merchantId }),
      },
      partitions:
        merchantId === undefined ? Array.from({ length: partitions }, (_, n) => n) : [partitionOf(merchantId)],
      partitionOf,
      ledger: createLedgerBook(connection),
      redemptions: createRedemptionBook(connection),
      cache: createCacheBook(redis),
      projections: createProjectionsPast({
        admin: kafka.admin,
        groupOf: (projection) => ({
          groupId: `${applicationId}-${projection}`,
          topic: projection === 'balances' ? names.balances : names.audit,
        }),
        timeoutMs,
      }),
      ...(onProgress !== undefined && { onProgress }),
    });
  } finally {
    for (const close of opened.reverse()) await close();
  }
}
