import { openDoor } from '../../src/admission/index.ts';
import { createHealth } from '../../src/app/health.ts';
import { createHttpServer } from '../../src/app/http-server.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type MerchantSettings, usualTerms } from '../../src/domain/index.ts';
import type { BalanceServerDeps } from '../../src/egress/index.ts';
import { requestRoutes } from '../../src/ingress/index.ts';
import { createDecisions } from '../../src/requests/index.ts';
import type { RememberingTokenValidator } from '../../src/requests/ports.ts';
import { createAuthClient, createTokenValidator } from '../../src/adapters/auth/index.ts';
import { onTestFinished } from 'vitest';
import { startHarness } from '../egress/harness.ts';
import { fakeOutcomes } from '../support/fake-outcomes.ts';
import { outcomeFor } from '../support/requests.ts';
import { customer, merchant, neighbour, otherMerchant, stranger } from './authorization.table.ts';

const settingsOf = (merchantId: string): MerchantSettings => ({
  ...{ merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: ['s'], currency: 'USD' },
  ...{ ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 }, customerValidation: 'off' },
});

/** Everybody who exists, and what they have. */
const accounts = new Map([
  [`${merchant}:${customer}`, 111],
  [`${merchant}:${neighbour}`, 222],
  [`${otherMerchant}:${stranger}`, 333],
]);

export interface WorldOptions {
  readonly tokens?: RememberingTokenValidator;
  readonly grpc?: Partial<BalanceServerDeps>;
}

/** Both servers on real sockets, in front of a real Auth; what the stores are asked is written down. */
export const startWorld = async ({ tokens, grpc = {} }: WorldOptions = {}) => {
  /** Whose data was asked for, and where. */
  const touched: string[] = [];
  const touch = (store: string, merchantId: string, customerId = ''): void => {
    touched.push(`${store} ${merchantId} ${customerId}`.trimEnd());
  };
  const outcomes = fakeOutcomes();
  const decisions = createDecisions({
    ...outcomes,
    publisher: {
      publish: async (command) => {
        touch('kafka', command.merchant_id, command.customer_id);
        setImmediate(() => outcomes.tell(outcomeFor(command)));
        return undefined;
      },
    },
    onError: () => undefined,
  });
  const merchantOf = async (merchantId: string) => {
    touch('merchants', merchantId);
    return [merchant, otherMerchant].includes(merchantId) ? settingsOf(merchantId) : undefined;
  };
  const balances = {
    read: async (merchantId: string, customerId: string) => {
      touch('balances', merchantId, customerId);
      const balance = accounts.get(`${merchantId}:${customerId}`) ?? 0;
      return { merchantId, customerId, balance, sequence: balance === 0 ? 0 : 1 };
    },
  };
  const transactions = {
    list: async (merchantId: string, customerId: string) => {
      touch('ledger', merchantId, customerId);
      return { entries: [] };
    },
  };
  const waitMs = 2_000;
  const harness = await startHarness({
    ...{ balances, transactions, redemptions: { decisions, merchantOf, waitMs }, maxWatchesPerToken: 1_000 },
    ...(tokens && { tokens }),
    ...grpc,
  });
  const auth = createAuthClient({ host: harness.auth.address, clock: systemClock, timeoutMs: 800 });
  onTestFinished(() => auth.close());
  const http = createHttpServer({
    health: createHealth({ logger: silentLogger }),
    metrics: createMetrics(),
    logger: silentLogger,
  });
  onTestFinished(() => http.close());
  http.register(
    requestRoutes({
      tokens: tokens ?? createTokenValidator({ auth, clock: systemClock }),
      ...{ door: openDoor, decisions, merchantOf, waitMs, logger: silentLogger, clock: systemClock },
      metrics: { answered: () => undefined, item: () => undefined },
      newId: () => '99999999-9999-4999-8999-999999999999',
    }),
  );
  const httpPort = await http.listen('127.0.0.1', 0);
  return { ...harness, httpPort, touched, outcomes };
};

export type World = Awaited<ReturnType<typeof startWorld>>;
