import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAuthClient, createTokenValidator } from '../../src/adapters/auth/index.ts';
import { type BalanceReader, createBalanceWatcher } from '../../src/balances/index.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { PointsClient } from '../../src/contracts/grpc/index.ts';
import {
  type BalanceServer,
  type BalanceServerDeps,
  createBalanceServer,
  routeGrpcLogs,
} from '../../src/egress/index.ts';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { createFakeBalanceChanges } from '../support/fake-balance-changes.ts';
import { newClient } from './grpc-clients.ts';

export interface Harness {
  readonly auth: AuthServer;
  readonly server: BalanceServer;
  readonly client: PointsClient;
  readonly port: number;
  readonly keyFolder: string;
}

const newKeyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'points-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The stand-in Auth, the gRPC server and a client on real sockets; balances are what the test says. */
export const startHarness = async (deps: Partial<BalanceServerDeps> = {}): Promise<Harness> => {
  routeGrpcLogs(silentLogger);
  const keyFolder = newKeyFolder();
  const auth = await startAuthServer({ port: 0, keyFolder });
  onTestFinished(() => auth.close());
  const authClient = createAuthClient({ host: auth.address, clock: systemClock, timeoutMs: 800 });
  onTestFinished(() => authClient.close());
  const balances: BalanceReader = deps.balances ?? {
    read: async (merchantId, customerId) => ({ merchantId, customerId, balance: 1_234, sequence: 7 }),
  };
  const server = createBalanceServer({
    tokens: createTokenValidator({ auth: authClient, clock: systemClock }),
    balances,
    watcher: createBalanceWatcher({ balances, changes: createFakeBalanceChanges(), logger: silentLogger }),
    transactions: { list: () => Promise.resolve({ entries: [] }) },
    describeBalance: async (locale, _merchantId, balance) => `${balance} points in ${locale || 'the default'}`,
    logger: silentLogger,
    clock: systemClock,
    newId: () => '99999999-9999-4999-8999-999999999999',
    ...deps,
  });
  const port = await server.listen('127.0.0.1:0');
  onTestFinished(() => server.close());
  return { auth, server, client: newClient(port), port, keyFolder };
};
