import path from 'node:path';
import { MongoClient, UUID } from 'mongodb';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { type BalanceClient, createBalanceClient } from '../../src/ops/dev/balance-client.ts';
import { type ServerHandle, startServer } from '../../src/ops/dev/server.ts';
import {
  balancesRole,
  ingressRole,
  processorRole,
  runSetup,
  type ServiceRun,
} from '../../src/ops/dev/service-roles.ts';
import type { GeneratedMerchant } from './order-generator.ts';
import { type PrivateServers, startPrivateServers } from './servers.ts';

/** The service's roles, each in a process of its own, on servers of their own, with merchants of their own. */
export interface ServiceUnderTest {
  readonly servers: PrivateServers;
  readonly processor: ServerHandle;
  readonly auth: AuthServer;
  readonly mongo: MongoClient;
  readonly balances: BalanceClient;
  /** Base URL of the front door. */
  readonly http: string;
  readonly database: string;
}

const database = 'points';

/** Everything that is started is handed to `onEnd` at once, to be stopped newest first. */
export const startServiceUnderTest = async (
  merchants: readonly GeneratedMerchant[],
  onEnd: (cleanUp: () => Promise<void>) => unknown,
): Promise<ServiceUnderTest> => {
  const servers = await startPrivateServers(onEnd);
  const { ports, addresses, dataDir } = servers;
  const auth = await startAuthServer({ port: ports.auth, keyFolder: path.join(dataDir, 'auth') });
  onEnd(() => auth.close());
  const run: ServiceRun = {
    ports,
    addresses,
    database,
    authHost: auth.address,
    stateDir: path.join(dataDir, 'state'),
    logDir: path.join(dataDir, 'logs'),
  };
  await runSetup(run);

  const mongo = new MongoClient(addresses.mongo);
  onEnd(() => mongo.close());
  await mongo
    .db(database)
    .collection('merchants')
    .insertMany(
      merchants.map(({ merchantId, shopDomain, secret, currency }) => ({
        merchant_id: new UUID(merchantId),
        shop_domain: shopDomain,
        webhook_secrets: [secret],
        currency,
        earning_rule: { points: 1, per_minor_units: 100 },
        // Many more orders than a shop has: the rate limit would be all that is measured.
        rate_limit_per_second: 100_000,
      })),
    );

  const start = async (spec: Parameters<typeof startServer>[0]): Promise<ServerHandle> => {
    const handle = await startServer(spec);
    onEnd(() => handle.stop());
    return handle;
  };
  const [processor] = await Promise.all([start(processorRole(run)), start(ingressRole(run)), start(balancesRole(run))]);
  const balances = createBalanceClient(`127.0.0.1:${ports.grpc}`);
  onEnd(async () => balances.close());
  return { servers, processor, auth, mongo, balances, http: `http://127.0.0.1:${ports.http}`, database };
};
