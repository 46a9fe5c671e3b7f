import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { MongoClient, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { createBalanceClient } from '../../src/ops/dev/balance-client.ts';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';
import { orderBody } from '../../src/ops/dev/order-body.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { customerIdAt } from '../../src/ops/dev/sample-orders.ts';
import { sendWebhook } from '../../src/ops/dev/send-webhook.ts';
import { npmStart, processesOf, type StartRun, untilDevFile } from '../support/npm-start.ts';
import { temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
/** Downloads may still be to come. */
const coldMs = 5 * minute;

describe('npm start', () => {
  test(
    '--once shows right balances, and on the same data again ones that have grown',
    async () => {
      const home = await temporaryFolder('home');
      const offset = String(await freePortOffset());
      const first = npmStart(home, ['--once', '--port-offset', offset]);
      expect([await first.ended, first.output()]).toEqual([0, expect.stringContaining('Every balance is right')]);
      expect(first.output()).toMatch(/Maria pays USD 49\.99 +\+49 +49 +You have 49 points/);
      expect(first.output()).toMatch(
        /Yuki pays JPY 14,319 +\+143 +143 +You have 143 points · \u2068.*\p{Script=Arabic}/u,
      );
      expect(first.output()).toMatch(/a guest pays USD 30\.00 +0 +– +ignored: guest/);

      expect(first.output()).toContain('Every saga has arrived');
      expect(first.output()).toMatch(/Core +RFM: recency \d+ s, frequency 1, monetary 80/);
      expect(first.output()).toMatch(/AdminCore points\.earned +bonus 100/);
      expect(first.output()).toMatch(/Mongo reward_redemptions +completed, task [0-9a-f-]{36}/);

      const second = npmStart(home, ['--once', '--port-offset', offset]);
      expect([await second.ended, second.output()]).toEqual([0, expect.stringContaining('Every balance is right')]);
      expect(second.output()).toMatch(/Maria pays USD 49\.99 +\+49 +113 +You have 113 points/);
      expect(second.output()).toMatch(/audit_log +order\.created: earn 80, balance 200/);
      expect(second.output()).toMatch(/Core +RFM: recency \d+ s, frequency 2, monetary 160/);

      expect(existsSync(path.join(home, 'dev.json'))).toBe(false);
      await until('no process is left', () => processesOf(home).length === 0, 5_000);
    },
    coldMs,
  );

  test(
    'names a port that is taken, and the way around it',
    async () => {
      const home = await temporaryFolder('home');
      const offset = await freePortOffset();
      const { grpc } = portsAt(offset);
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(grpc, '127.0.0.1', resolve));
      onTestFinished(() => new Promise<void>((resolve) => void other.close(() => resolve())));
      const run = npmStart(home, ['--once', '--port-offset', String(offset)]);
      expect(await run.ended).toBe(1);
      expect(run.output()).toContain(`Port ${grpc} of gRPC is taken by another process`);
      expect(run.output()).toContain('--port-offset');
      expect(processesOf(home)).toEqual([]);
    },
    minute,
  );

  test(
    'refuses an option it does not know',
    async () => {
      const home = await temporaryFolder('home');
      const run = npmStart(home, ['--onse']);
      expect(await run.ended).toBe(1);
      expect(run.output()).toContain("unknown option '--onse'");
    },
    minute,
  );
});

describe('npm start -- --quiet', () => {
  let home: string;
  let run: StartRun;
  let dev: DevFile;
  beforeAll(async () => {
    home = await temporaryFolder('home');
    run = npmStart(home, ['--quiet', '--port-offset', String(await freePortOffset())]);
    dev = await untilDevFile(home, run, coldMs);
  }, coldMs);
  afterAll(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
  }, minute);

  test('writes dev.json in the shape that scripts rely on', () => {
    const merchant = (shop_domain: string, currency: string) => ({
      merchant_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      shop_domain,
      currency,
      webhook_secrets: [expect.stringMatching(/^shpss_[0-9a-f]{32}$/)],
      tokens: {
        'merchant:points:view': expect.stringMatching(/^ey/),
        'merchant:points:redeem': expect.stringMatching(/^ey/),
        'merchant:points:pos': expect.stringMatching(/^ey/),
        'customer:points:view': {
          customer_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          token: expect.stringMatching(/^ey/),
        },
        'customer:points:redeem': {
          customer_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          token: expect.stringMatching(/^ey/),
        },
      },
    });
    expect(dev).toEqual({
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      grpc: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      brokers: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
      registry: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
      mongo: expect.stringMatching(/^mongodb:\/\/127\.0\.0\.1:\d+\/points\?/),
      redis: {
        cache: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+$/),
        state: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+$/),
      },
      auth_host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      core_host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      standins: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      operator: { url: `${dev.http}/operator`, token: expect.stringMatching(/^\S{32}$/) },
      merchants: [merchant('demo-usd.myshopify.com', 'USD'), merchant('demo-jpy.myshopify.com', 'JPY')],
    });
  });

  test('sends no samples', () => {
    expect(run.output()).not.toContain('Maria');
  });

  test(
    'serves a merchant that was inserted by the plain driver, without a restart',
    async () => {
      const merchantId = 'c0ffee00-5b1e-4c6e-8a52-3d1f5a7b9c2e';
      const mongo = new MongoClient(dev.mongo);
      onTestFinished(() => mongo.close());
      await mongo
        .db()
        .collection('merchants')
        .insertOne({
          merchant_id: new UUID(merchantId),
          shop_domain: 'newcomer.myshopify.com',
          webhook_secrets: ['only this test knows it'],
          currency: 'USD',
          earning_rule: { points: 2, per_minor_units: 100 },
        });
      const order = {
        orderId: '820982911946154508',
        orderNumber: 1234,
        customer: { id: '115310627314723954', firstName: 'New', lastName: 'Comer' },
        currency: 'USD',
        decimals: 2,
        subtotalMinor: 2_150,
        customerLocale: 'en',
        placedAt: Date.now(),
      };
      const answer = await sendWebhook(dev.http, {
        shopDomain: 'newcomer.myshopify.com',
        secret: 'only this test knows it',
        webhookId: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        eventId: 'e5b2a3f4-0d1c-4b8a-9e7f-6a5b4c3d2e1f',
        triggeredAt: Date.now(),
        body: orderBody(order),
      });
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('accepted')]);

      // The stand-in's key lies in the data folder: whoever has it can issue tokens, as this run's own Auth does.
      const auth = await startAuthServer({ port: 0, keyFolder: path.join(home, 'data', 'auth') });
      onTestFinished(() => auth.close());
      const token = await auth.issueToken({ merchantId, scopes: ['merchant:points:view'] });
      const client = createBalanceClient(dev.grpc);
      onTestFinished(() => client.close());
      const customerId = customerIdAt(merchantId, '115310627314723954');
      const balance = async () => (await client.read({ merchantId, customerId, locale: 'en', token })).balance;
      await until('the points have arrived', async () => (await balance()) === 42, 15_000);
    },
    minute,
  );

  test(
    'refuses a second run on the same data',
    async () => {
      const second = npmStart(home, ['--once', '--port-offset', String(await freePortOffset())]);
      expect(await second.ended).toBe(1);
      expect(second.output()).toMatch(/is in use by process \d+/);
      expect(existsSync(path.join(home, 'dev.json'))).toBe(true);
    },
    minute,
  );

  test(
    'leaves no process and no dev.json behind when it is told to stop',
    async () => {
      const since = performance.now();
      run.child.kill('SIGTERM');
      await run.ended;
      expect(performance.now() - since).toBeLessThan(15_000);
      await until('no process is left', () => processesOf(home).length === 0, 5_000);
      expect(existsSync(path.join(home, 'dev.json'))).toBe(false);
    },
    minute,
  );
});
