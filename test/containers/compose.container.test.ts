// Not run where it was written: there is no Docker engine. It runs where one answers, and is left out elsewhere;
// `npm run test:containers` demands one.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment, Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectMongo, seedMerchants } from '../../src/adapters/mongo/index.ts';
import { systemClock } from '../../src/common/clock.ts';
import { customerIdOf, usualTerms } from '../../src/domain/index.ts';
import { loadAuthKeys } from '../../src/ops/dev/auth-keys.ts';
import { tokenIssuer } from '../../src/ops/dev/auth-tokens.ts';
import { createBalanceClient } from '../../src/ops/dev/balance-client.ts';
import { composeWorks } from '../../src/ops/dev/compose.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { deliveryHeaders } from '../../src/ops/dev/webhook.ts';
import { until } from '../support/until.ts';

const root = path.resolve(import.meta.dirname, '../..');
const isDemanded = process.env['POINTS_DEMAND_DOCKER'] === '1';
const hasEngine = isDemanded || (await composeWorks(process.env));

const services = ['kafka', 'mongo', 'redis-cache', 'redis-state', 'registry', 'setup', 'ingress', 'processor'];
const beside = ['balances-server', 'gateway', 'standins'];
const node = '/usr/local/bin/node';
const secret = 'secret of the containers’ shop';
const merchantId = randomUUID();
const shopDomain = `${merchantId}.myshopify.com`;
const shopifyCustomer = '7300000000000000042';
const customerId = customerIdOf(merchantId, shopifyCustomer);

describe.skipIf(!hasEngine)('docker compose up', () => {
  let environment: StartedDockerComposeEnvironment;
  let ports: ReturnType<typeof portsAt>;
  let token = '';

  const balance = async (): Promise<number> => {
    const client = createBalanceClient(`127.0.0.1:${String(ports.grpc)}`);
    try {
      return (await client.read({ merchantId, customerId, locale: 'en', token })).balance;
    } finally {
      client.close();
    }
  };

  const order = async (id: number): Promise<number> => {
    const body = JSON.stringify({
      ...{ id, created_at: '2026-01-14T12:20:31Z', currency: 'USD', subtotal_price: '25.00' },
      customer: { id: shopifyCustomer },
    });
    const ids = { webhookId: randomUUID(), eventId: randomUUID(), triggeredAt: systemClock.now() };
    const url = `http://127.0.0.1:${String(ports.http)}/orders/create`;
    const headers = deliveryHeaders({ shopDomain, secret, body, ...ids });
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };

  /** Runs a line of JavaScript in a container, which has no shell. */
  const inside = (name: string, script: string) => environment.getContainer(name).exec([node, '-e', script]);

  beforeAll(async () => {
    ports = portsAt(await freePortOffset());
    environment = await new DockerComposeEnvironment(root, 'docker-compose.yml')
      .withProjectName(`points-test-${randomUUID().slice(0, 8)}`)
      .withBuild()
      .withEnvironment({
        ...{ POINTS_KAFKA_PORT: String(ports.kafka[0]), POINTS_MONGO_PORT: String(ports.mongo) },
        ...{ POINTS_REDIS_CACHE_PORT: String(ports.redisCache), POINTS_REDIS_STATE_PORT: String(ports.redisState) },
        ...{ POINTS_REGISTRY_PORT: String(ports.registry), POINTS_HTTP_PORT: String(ports.http) },
        POINTS_GRPC_PORT: String(ports.grpc),
      })
      .withWaitStrategy('setup-1', Wait.forOneShotStartup())
      .withStartupTimeout(300_000)
      .up([...services, ...beside]);

    const uri = `mongodb://127.0.0.1:${String(ports.mongo)}/?directConnection=true`;
    const connection = await connectMongo({ uri, database: 'points', appName: 'containers-test' });
    const terms = { ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 }, customerValidation: 'off' } as const;
    await seedMerchants(
      connection,
      [{ merchantId, shopDomain, webhookSecrets: [secret], currency: 'USD', ...terms }],
      systemClock,
    );
    await connection.close();

    // The key that the stand-in for Auth has made for itself.
    const keyFile = '/var/lib/points/auth/auth-signing-key.json';
    const { output } = await inside('standins-1', `process.stdout.write(fs.readFileSync('${keyFile}', 'utf8'))`);
    const folder = await mkdtemp(path.join(tmpdir(), 'points-containers-'));
    await writeFile(path.join(folder, 'auth-signing-key.json'), output, { mode: 0o600 });
    const issue = tokenIssuer(await loadAuthKeys(folder), systemClock);
    token = await issue({ merchantId, scopes: ['merchant:points:view'] });
    await rm(folder, { recursive: true });
  }, 900_000);

  afterAll(async () => {
    await environment.down({ removeVolumes: true });
  }, 120_000);

  test('serves an order from its webhook to its balance, through the one door', async () => {
    expect(await order(1)).toBe(200);
    await until('the balance is read', async () => (await balance()) === 25, 30_000);
  });

  test('goes on while one instance of each role is killed, and loses and repeats nothing', async () => {
    const before = await balance();
    for (const role of ['ingress-1', 'processor-1', 'balances-server-1']) {
      await environment.getContainer(role).stop({ timeout: 0 });
    }
    onTestFinished(async () => {
      for (const role of ['ingress-1', 'processor-1', 'balances-server-1']) {
        await environment.getContainer(role).restart();
      }
    });
    const accepted: number[] = [];
    for (let id = 100; id < 120; id += 1) {
      // What the door could not pass on is sent again, as Shopify does.
      await until('the order is taken', async () => (await order(id)) === 200, 30_000);
      accepted.push(id);
    }
    const wanted = before + 25 * accepted.length;
    await until('every order is paid', async () => (await balance()) === wanted, 90_000);
  });

  test.each(['ingress-2', 'processor-2', 'balances-server-2'])(
    '%s is nobody in particular, and may write nowhere but where it must',
    async (name) => {
      const { output } = await inside(
        name,
        `const tries = ['/app/x', '/etc/x', '/usr/local/bin/x'].map((file) => {
           try { fs.writeFileSync(file, ''); return 'written'; } catch ({ code }) { return code; }
         });
         const caps = /CapEff:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
         console.log(JSON.stringify({ uid: process.getuid(), tries, caps }))`,
      );
      const found = JSON.parse(output) as { uid: number; tries: readonly string[]; caps: string };
      expect(found.uid).toBe(10_001);
      expect(found.tries.every((code) => code === 'EROFS' || code === 'EACCES')).toBe(true);
      expect(Number.parseInt(found.caps, 16)).toBe(0);
    },
  );
});
