import { randomUUID } from 'node:crypto';
import { connectMongo, type MongoConnection } from '../../adapters/mongo/index.ts';
import { type Config, openTransport } from '../../app/index.ts';
import { recordAction } from '../../app/operators/record-action.ts';
import { systemClock } from '../../common/clock.ts';
import { silentLogger } from '../../common/logger.ts';

/**
 * Runs work on MongoDB over a connection of its own. An operator waits for nothing: a server that is away is told.
 * @throws DependencyUnavailableError
 */
export async function withMongo<Result>(
  config: Config<'inspection'>,
  work: (connection: MongoConnection) => Promise<Result>,
): Promise<Result> {
  const { mongoUrl: uri, mongoDatabase: database } = config;
  const { mongo: tls } = openTransport(config, { logger: silentLogger });
  const connection = await connectMongo({ uri, database, appName: 'points-operator', tls });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** As much as an action may tell. */
const longestDetail = 1_000;

/**
 * Puts on record what an operator is about to do; where that fails it must not be done.
 * @throws ActionUnfitError
 * @throws DependencyUnavailableError when Kafka or the schema registry does not answer
 */
export async function recordAct(
  config: Config<'operator'>,
  act: { readonly name: string; readonly detail: string; readonly merchantId?: string },
): Promise<void> {
  const { kafkaBrokers, registryUrl, applicationId, actor } = config;
  // What fails is thrown, and told once; the log would only say it again, in the middle of the answer.
  const world = { logger: silentLogger, clock: systemClock, newId: randomUUID };
  const detail = act.detail.length > longestDetail ? `${act.detail.slice(0, longestDetail - 1)}…` : act.detail;
  const transport = openTransport(config, { logger: silentLogger });
  await recordAction({ kafkaBrokers, registryUrl, applicationId, transport, ...world }, { actor, ...act, detail });
}
