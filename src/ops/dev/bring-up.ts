import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { connectMongo } from '../../adapters/mongo/index.ts';
import { systemClock } from '../../common/clock.ts';
import { loadAuthKeys } from './auth-keys.ts';
import { tokenIssuer, type TokenRequest } from './auth-tokens.ts';
import type { Closers } from './closers.ts';
import { type DemoMerchant, ensureDemoMerchants } from './demo-merchants.ts';
import type { DevFile, DevMerchant } from './dev-file.ts';
import { assertPortsFree, namedPorts, portsAt } from './ports.ts';
import { allHandles } from './processes.ts';
import type { Watched } from './run-guards.ts';
import { customerIdAt, demoCustomer, type DemoShop } from './sample-orders.ts';
import { startServer } from './server.ts';
import { type DevServers, startServers } from './servers.ts';
import { balancesRole, runSetup, type ServiceRun, serviceRole } from './service-roles.ts';
import { standinsRole, standinsUrl } from './standins/role.ts';
import type { StartOptions } from './start-options.ts';
import type { Steps } from './steps.ts';

/** Everything that runs. */
export interface Stack {
  readonly devFile: DevFile;
  /** Every process of this run; none of them may end by itself. */
  readonly watched: readonly Watched[];
}

export interface BringUpContext {
  readonly steps: Steps;
  /** Gets each thing as soon as it is up, so that a start that fails half-way leaves nothing. */
  readonly closers: Closers;
  readonly env: NodeJS.ProcessEnv;
}

/** State stores belong to one Kafka: those of ours lie beside its data, and others' are told apart by its address. */
const ofKafka = (name: string, { handles, addresses }: DevServers): string =>
  handles.kafka === undefined ? `${name}-${addresses.brokers.join('-').replace(/[^\w.-]/g, '_')}` : name;

/** With the database's name, so that plain clients are in the right one; not where it would change who may log in. */
const withDatabase = (uri: string, database: string): string =>
  uri.includes('@') ? uri : uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?(?=\?|$)/, `$1/${database}`);

/** Issues tokens; null where Auth is somebody else's, which we cannot ask for any. */
type IssueToken = ((request: TokenRequest) => Promise<string>) | null;

/** Auth and Core as the environment names them; what it does not name the stand-ins take the place of. */
const namedServices = ({ env, steps }: BringUpContext): { readonly auth: string; readonly core: string } => {
  const auth = env['AUTH_HOST']?.trim() ?? '';
  const core = env['CORE_HOST']?.trim() ?? '';
  if (auth !== '') steps.tell(`Auth: not started, using ${auth}; it is not ours, so dev.json holds no tokens`);
  if (core !== '') steps.tell(`Core: not started, using ${core}`);
  return { auth, core };
};

const describeMerchant = async (
  shop: DemoShop,
  { merchantId, shopDomain, currency, webhookSecrets }: DemoMerchant,
  issueToken: IssueToken,
): Promise<DevMerchant> => {
  const customerId = customerIdAt(merchantId, demoCustomer[shop].id);
  const issue = async (scope: string, customer?: string): Promise<string | null> =>
    issueToken === null
      ? null
      : issueToken({ merchantId, scopes: [scope], ...(customer !== undefined && { customerId: customer }) });
  return {
    merchant_id: merchantId,
    shop_domain: shopDomain,
    currency,
    webhook_secrets: webhookSecrets,
    tokens: {
      'merchant:points:view': await issue('merchant:points:view'),
      'merchant:points:redeem': await issue('merchant:points:redeem'),
      'merchant:points:pos': await issue('merchant:points:pos'),
      'customer:points:view': {
        customer_id: customerId,
        token: await issue('customer:points:view', customerId),
      },
      'customer:points:redeem': {
        customer_id: customerId,
        token: await issue('customer:points:redeem', customerId),
      },
    },
  };
};

const demoMerchants = async ({
  addresses,
  database,
}: ServiceRun): Promise<Readonly<Record<DemoShop, DemoMerchant>>> => {
  const connection = await connectMongo({ uri: addresses.mongo, database, appName: 'points-start' });
  try {
    return await ensureDemoMerchants(connection, systemClock);
  } finally {
    await connection.close();
  }
};

/**
 * Brings up the servers, what must be in them, Auth and the service, in the order in which they need each other.
 * @throws PortTakenError before anything is started; ServerFailedError with the tail of a log
 */
export const bringUp = async (options: StartOptions, context: BringUpContext): Promise<Stack> => {
  const { steps, closers, env } = context;
  const ports = portsAt(options.portOffset);
  const dataDir = path.join(options.home, 'data');
  const isOurs = new Set([ports.http, ports.grpc, ports.auth, ports.core, ports.standins]);
  await assertPortsFree(namedPorts(ports).filter(({ port }) => isOurs.has(port)));

  steps.tell('Servers: Kafka, MongoDB, Redis, Schema Registry');
  const servers = await startServers({ dataDir, ports, fresh: options.fresh, progress: steps.tell, env });
  closers.add('servers', () => servers.stop());
  const { addresses } = servers;
  const stateDir = path.join(dataDir, ofKafka('state', servers));
  const standinsDir = path.join(dataDir, ofKafka('standins', servers));
  const archiveDir = path.join(options.home, ofKafka('admincore', servers));
  if (options.fresh) {
    await Promise.all([stateDir, standinsDir, archiveDir].map((dir) => rm(dir, { recursive: true, force: true })));
  }

  const named = namedServices(context);
  const keyFolder = path.join(dataDir, 'auth');
  // Made here, before the stand-in looks for them: both must have the same.
  const issueToken = named.auth === '' ? tokenIssuer(await loadAuthKeys(keyFolder), systemClock) : null;
  const logDir = path.join(options.home, 'logs');
  const database = env['POINTS_DB_NAME'] ?? 'points';
  const authHost = named.auth === '' ? `127.0.0.1:${ports.auth}` : named.auth;
  const coreHost = named.core === '' ? `127.0.0.1:${ports.core}` : named.core;
  // Another one for each run, unless somebody wants a certain one.
  const operatorToken = env['POINTS_OPERATOR_TOKEN'] ?? randomBytes(24).toString('base64url');
  const run: ServiceRun = { ports, addresses, database, authHost, coreHost, stateDir, operatorToken, logDir };
  const ours = { auth: named.auth === '', core: named.core === '' };
  await runSetup(run);
  const merchants = await demoMerchants(run);
  steps.tell('Topics, schemas, collections, translations and two demo merchants: there');

  const standins = standinsRole({ ...run, ours, standinsDir, archiveDir, keyFolder });
  const starting = [standins, serviceRole(run), balancesRole(run)].map(async (spec): Promise<Watched> => {
    const handle = await startServer(spec);
    closers.add(spec.name, () => handle.stop());
    steps.tell(`${spec.name}: ready`);
    return { handle, logFile: spec.logFile };
  });
  // All are waited for, or one that comes up after another has failed would be left running.
  const started = await Promise.allSettled(starting);
  const roles = started.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });

  const devFile: DevFile = {
    http: `http://127.0.0.1:${ports.http}`,
    grpc: `127.0.0.1:${ports.grpc}`,
    brokers: addresses.brokers,
    registry: addresses.registry,
    mongo: withDatabase(addresses.mongo, database),
    redis: addresses.redis,
    auth_host: authHost,
    core_host: coreHost,
    standins: standinsUrl(ports),
    operator: { url: `http://127.0.0.1:${ports.http}/operator`, token: operatorToken },
    merchants: [
      await describeMerchant('usd', merchants.usd, issueToken),
      await describeMerchant('jpy', merchants.jpy, issueToken),
    ],
  };
  const logs = path.join(dataDir, 'logs');
  const watchedServers = allHandles(servers.handles).map((handle) => ({ handle, logFile: logs }));
  return { devFile, watched: [...watchedServers, ...roles] };
};
