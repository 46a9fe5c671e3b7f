import fastify, { type FastifyInstance } from 'fastify';
import { type Door, openDoor } from '../../../src/admission/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import type { LogFields, Logger } from '../../../src/common/logger.ts';
import type { IngestCommand, Outcome } from '../../../src/contracts/index.ts';
import { answerUnknownPaths, httpServerOptions, requestRoutes } from '../../../src/ingress/index.ts';
import { createDecisions } from '../../../src/requests/index.ts';
import type { Identity } from '../../../src/requests/ports.ts';
import { fakeOutcomes } from '../../support/fake-outcomes.ts';
import { outcomeFor } from '../../support/requests.ts';
import { jpyMerchant, usdMerchant } from '../webhooks/rig.ts';

export const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const otherCustomer = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

/** Tokens of usdMerchant, by their text. */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  'merchant-redeem': ['merchant:points:redeem'],
  'customer-redeem': ['customer:points:redeem'],
  'merchant-view': ['merchant:points:view'],
  pos: ['merchant:points:pos'],
};

export interface RequestRigOptions {
  readonly waitMs?: number;
  readonly maxWaiting?: number;
  readonly withAuth?: boolean;
  readonly door?: Door;
}

/** The routes for requests with fakes behind their ports; unless the test says otherwise, everything is accepted. */
export const createRequestRig = ({
  waitMs = 400,
  maxWaiting = 500,
  withAuth = true,
  door = openDoor,
}: RequestRigOptions = {}) => {
  const outcomes = fakeOutcomes();
  const published: IngestCommand[] = [];
  const answered: [path: string, outcome: string, reason: string | null][] = [];
  const items: string[] = [];
  const logged: { readonly level: string; readonly fields: LogFields; readonly message: string }[] = [];
  const world = {
    authAway: false,
    /** Merchants of tokens that were valid a moment ago. */
    known: new Map<string, string>(),
    nowMs: Date.UTC(2026, 0, 31, 12, 30),
    publish: async (_: IngestCommand): Promise<unknown> => undefined,
    decide: (command: IngestCommand): Outcome | undefined => outcomeFor(command),
  };
  const log = (level: string) => (fields: LogFields, message: string) => void logged.push({ level, fields, message });
  const logger: Logger = {
    ...{ debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    child: () => logger,
  };
  const decisions = createDecisions({
    ...outcomes,
    maxWaiting,
    publisher: {
      publish: async (command) => {
        const took = await world.publish(command);
        published.push(command);
        const outcome = world.decide(command);
        if (outcome !== undefined) setImmediate(() => outcomes.tell(outcome));
        return took;
      },
    },
    onError: () => undefined,
  });
  const validate = async (token: string): Promise<Identity | undefined> => {
    if (world.authAway) throw new DependencyUnavailableError('Auth');
    const scopes = scopesOf[token];
    return scopes && { merchantId: usdMerchant.merchantId, customerId: customer, scopes, expiresAt: 0 };
  };
  const app: FastifyInstance = fastify(httpServerOptions());
  answerUnknownPaths(app);
  let ids = 0;
  void app.register(
    requestRoutes({
      tokens: withAuth ? { validate, merchantOf: (token) => world.known.get(token) } : undefined,
      merchantOf: async (id) => [usdMerchant, jpyMerchant].find(({ merchantId }) => merchantId === id),
      metrics: {
        answered: (path, outcome, reason) => void answered.push([path, outcome, reason]),
        item: (status) => void items.push(status),
      },
      clock: { now: () => world.nowMs },
      newId: () => `made-${(ids += 1)}`,
      ...{ door, decisions, waitMs, logger },
    }),
  );
  const post =
    (url: string, usualToken: string) =>
    (body: unknown, token: string | undefined = usualToken, headers: Readonly<Record<string, string>> = {}) =>
      app.inject({
        ...{
          method: 'POST',
          url,
          payload: Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body),
        },
        headers: {
          'content-type': 'application/json',
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      });
  return {
    ...{ app, outcomes, published, answered, items, logged, world, decisions },
    redeem: post('/redemptions', 'merchant-redeem'),
    till: post('/pos/transactions', 'pos'),
  };
};
