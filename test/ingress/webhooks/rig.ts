import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fastify, type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { openDoor } from '../../../src/admission/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import type { LogFields, Logger } from '../../../src/common/logger.ts';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import { type MerchantSettings, usualTerms } from '../../../src/domain/index.ts';
import type { PublishOutcome } from '../../../src/ingress/ports.ts';
import { answerUnknownPaths, guardRequests, httpServerOptions, webhookRoutes } from '../../../src/ingress/index.ts';

/** The body of a webhook in test/fixtures, of an order by default, as bytes. */
export const fixture = (name: string, folder: 'orders' | 'refunds' | 'compliance' = 'orders'): Buffer =>
  readFileSync(new URL(`../../fixtures/${folder}/${name}.json`, import.meta.url));

export const usdMerchant: MerchantSettings = {
  merchantId: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
  shopDomain: 'seed-corner.myshopify.com',
  webhookSecrets: ['new secret of seed corner', 'old secret of seed corner'],
  currency: 'USD',
  earningRule: { points: 1, perMinorUnits: 100 },
  ...usualTerms,
};

export const jpyMerchant: MerchantSettings = {
  ...usdMerchant,
  merchantId: '0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b22',
  shopDomain: 'tane-ya.myshopify.com',
  webhookSecrets: ['secret of tane-ya'],
  currency: 'JPY',
  defaultLocale: 'ja',
};

export const sign = (body: Buffer | string, secret = 'new secret of seed corner'): string =>
  createHmac('sha256', secret).update(body).digest('base64');

interface LogLine {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

export interface Rig {
  readonly app: FastifyInstance;
  readonly published: IngestCommand[];
  readonly logged: LogLine[];
  readonly answered: [outcome: string, reason: string | null, seconds: number][];
  /** What the fakes do next. */
  readonly world: {
    processed: boolean;
    /** Whether shops sign with the same secret. */
    secretShared: boolean;
    publisherAway: boolean;
    directoryAway: boolean;
    publisherFailure: unknown;
    publishOutcome: PublishOutcome;
    nowMs: number;
    /** How long a publish takes. */
    publishMs: number;
  };
  readonly asked: { shops: string[]; processed: unknown[][] };
  /** Posts a body, of orders/create by default, signed by the merchant whose orders are in USD, unless headers say otherwise. */
  post(
    body: Buffer | string,
    headers?: Readonly<Record<string, string>>,
    topic?: string,
  ): Promise<LightMyRequestResponse>;
}

/** The ingress with fakes behind its ports. */
export const createRig = (door = openDoor): Rig => {
  const published: IngestCommand[] = [];
  const logged: LogLine[] = [];
  const answered: Rig['answered'] = [];
  const asked: Rig['asked'] = { shops: [], processed: [] };
  const world: Rig['world'] = {
    processed: false,
    secretShared: false,
    publisherAway: false,
    directoryAway: false,
    publisherFailure: undefined,
    publishOutcome: 'published',
    nowMs: Date.UTC(2025, 9, 14, 16, 20, 35),
    publishMs: 0,
  };
  const log = (level: string) => (fields: LogFields, message: string) => logged.push({ level, fields, message });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  };
  let ids = 0;
  const app = fastify(httpServerOptions());
  guardRequests(app);
  answerUnknownPaths(app);
  void app.register(
    webhookRoutes({
      shops: {
        byShopDomain: async (shopDomain) => {
          asked.shops.push(shopDomain);
          if (world.directoryAway) throw new DependencyUnavailableError('MongoDB');
          return [usdMerchant, jpyMerchant].find((merchant) => merchant.shopDomain === shopDomain);
        },
        knows: (shopDomain) => [usdMerchant, jpyMerchant].some((merchant) => merchant.shopDomain === shopDomain),
        sharesSecret: () => world.secretShared,
      },
      publisher: {
        publish: async (command) => {
          world.nowMs += world.publishMs;
          if (world.publisherAway) throw new DependencyUnavailableError('Kafka');
          if (world.publisherFailure !== undefined) throw world.publisherFailure as Error;
          published.push(command);
          return world.publishOutcome;
        },
      },
      processed: {
        isProcessed: async (...question) => {
          asked.processed.push(question);
          return world.processed;
        },
      },
      door,
      metrics: { answered: (...facts) => answered.push(facts) },
      logger,
      clock: { now: () => world.nowMs },
      newId: () => `made-${(ids += 1)}`,
    }),
  );
  return {
    app,
    published,
    logged,
    answered,
    world,
    asked,
    post: (body, headers = {}, topic = 'orders/create') =>
      app.inject({
        method: 'POST',
        url: `/${topic}`,
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': topic,
          'x-shopify-shop-domain': usdMerchant.shopDomain,
          'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
          'x-shopify-hmac-sha256': sign(body),
          ...headers,
        },
        payload: body,
      }),
  };
};

/** An order with only what is read, and changes to it; `undefined` leaves a key out. */
export const order = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    id: 5012340987001,
    created_at: '2025-10-14T12:20:31-04:00',
    currency: 'USD',
    subtotal_price: '25.00',
    customer: { id: 7089123456001 },
    ...changes,
  });

/** A refund with only what is read, and changes to it; `undefined` leaves a key out. */
export const refund = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    id: 929361464001,
    order_id: 5012340987001,
    created_at: '2025-10-20T09:58:21-04:00',
    refund_line_items: [{ subtotal_set: { shop_money: { amount: '25.00', currency_code: 'USD' } } }],
    ...changes,
  });
