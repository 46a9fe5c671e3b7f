import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createKafka } from '../../src/adapters/kafka/index.ts';
import { connectMongo, seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createRedis } from '../../src/adapters/redis/index.ts';
import type { CertificateWatcher } from '../../src/adapters/tls/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { openTransport, prepareProcess, type RunningRoles } from '../../src/app/index.ts';
import { type Environment, loadConfig } from '../../src/app/config.ts';
import { examineAll } from '../../src/app/operators/doctor/doctor.ts';
import { setUp } from '../../src/app/setup.ts';
import type { Transport } from '../../src/app/transport.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { PointsServiceClient } from '../../src/contracts/grpc/index.ts';
import { customerIdOf, usualTerms } from '../../src/domain/index.ts';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { freePorts } from '../../src/ops/dev/ports.ts';
import { signatureOf } from '../../src/ops/dev/webhook.ts';
import { getBalance } from '../egress/grpc-clients.ts';
import {
  type CertificateFolder,
  certificateFolder,
  fileTexts,
  issue,
  newAuthority,
  serialOf,
} from '../support/certificates.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { type PrivateServers, sharedServers, startPrivateServers, temporaryFolder } from '../support/servers.ts';
import { shopOrder } from '../support/service-in-process.ts';
import { tlsDoor } from '../support/tls-door.ts';
import { until } from '../support/until.ts';

const endings: (() => Promise<unknown>)[] = [];
const onEnd = (ending: () => Promise<unknown>) => endings.unshift(ending);
afterAll(async () => {
  for (const ending of endings) await ending();
}, 60_000);

const authority = await newAuthority();
const stranger = await newAuthority('Another CA');
const ofServers = await issue(authority);
const ofClient = await issue(authority, { commonName: 'points', names: ['points'] });
const password = `secret-${randomUUID()}`;

let servers: PrivateServers;
let ours: CertificateFolder;
let auth: AuthServer;
let env: Record<string, string>;
let otherRegistry: string;

const portOf = (url: string): number => Number(new URL(url).port);

beforeAll(async () => {
  const theirs = await certificateFolder(fileTexts(ofServers, authority.certificate), onEnd);
  const pem = path.join(path.dirname(theirs.files.key), 'both.pem');
  await writeFile(pem, ofServers.key + ofServers.certificate, { mode: 0o600 });
  const kafkaPorts = await freePorts(1);
  servers = await startPrivateServers(onEnd, {
    roles: ['kafka', 'mongo', 'redisCache'],
    secure: { ...theirs.files, pem, kafkaPorts, kafkaUser: { name: 'points', password } },
  });
  ours = await certificateFolder(fileTexts(ofClient, authority.certificate), onEnd);
  auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  const door = { shows: ofServers, clientCa: authority.certificate, onEnd };
  const registryPort = await tlsDoor({ ...door, target: portOf(sharedServers().registry) });
  const elsewhere = await issue(authority, { names: ['elsewhere.example'] });
  const otherPort = await tlsDoor({ ...door, shows: elsewhere, target: portOf(sharedServers().registry) });
  otherRegistry = `https://localhost:${otherPort}/apis/ccompat/v7`;
  const authPort = await tlsDoor({ ...door, target: Number(auth.address.split(':')[1]), alpn: ['h2'] });
  const { certificate, key, ca } = ours.files;
  const { mongo, redisCache } = servers.ports;
  env = {
    ...{ KAFKA_BROKER: `localhost:${kafkaPorts[0]}`, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
    ...{ KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: certificate, KAFKA_SSL_KEY: key },
    ...{ KAFKA_SASL_USERNAME: 'points', KAFKA_SASL_PASSWORD: password },
    ...{ POINTS_DB_HOST: `mongodb://127.0.0.1:${mongo}/?replicaSet=rs0`, POINTS_DB_NAME: `test-${randomUUID()}` },
    ...{ POINTS_DB_TLS_CA: ca, POINTS_DB_TLS_CERT: certificate, POINTS_DB_TLS_KEY: key },
    ...{ REDIS_HOST: `rediss://localhost:${redisCache}` },
    ...{ REDIS_TLS_CA: ca, REDIS_TLS_CERT: certificate, REDIS_TLS_KEY: key },
    ...{ SCHEMA_REGISTRY_URL: `https://localhost:${registryPort}/apis/ccompat/v7` },
    ...{ SCHEMA_REGISTRY_CA: ca, SCHEMA_REGISTRY_CERT: certificate, SCHEMA_REGISTRY_KEY: key },
    ...{ AUTH_HOST: `localhost:${authPort}` },
    ...{ POINTS_CLIENT_TLS_CA: ca, POINTS_CLIENT_TLS_CERT: certificate, POINTS_CLIENT_TLS_KEY: key },
    ...{ POINTS_TLS_CERT: certificate, POINTS_TLS_KEY: key, POINTS_TLS_CLIENT_CA: ca },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_GRPC_HOST: '127.0.0.1' },
    ...{ POINTS_STATE_DIR: await temporaryFolder('state'), POINTS_PARTITIONS: '1' },
  };
}, 120_000);

/** Settings as they are, but for some. */
const transportWith = (changes: Environment, logger = silentLogger): Transport => {
  const transport = openTransport(loadConfig({ ...env, ...changes }, ['processor']), { logger });
  onTestFinished(() => transport.close());
  return transport;
};

/** Files of a client that nobody here knows, or that knows nobody here. */
const filesOf = async (issued = ofClient, ca = authority.certificate) =>
  (await certificateFolder(fileTexts(issued, ca))).files;

describe('A service that speaks TLS to everybody', () => {
  test('brings an order to the balance that a client with a certificate reads', { timeout: 90_000 }, async () => {
    const logger = recordingLogger();
    await setUp(loadConfig(env, ['setup']), logger);
    const merchantId = randomUUID();
    const shopDomain = `${merchantId}.myshopify.com`;
    const { mongo: tls } = transportWith({});
    const connection = await connectMongo({
      ...{ uri: env['POINTS_DB_HOST']!, database: env['POINTS_DB_NAME']!, appName: 'points-test', tls },
    });
    onTestFinished(() => connection.close());
    await seedMerchants(
      connection,
      [
        {
          ...{ merchantId, shopDomain, webhookSecrets: ['of the shop'], currency: 'USD', ...usualTerms },
          ...{ earningRule: { points: 1, perMinorUnits: 100 }, customerValidation: 'off' as const },
        },
      ],
      systemClock,
    );
    const [grpcPort = 0] = await freePorts(1);
    const start = async (name: 'service' | 'balances-server'): Promise<RunningRoles> => {
      const role = await prepareProcess(name, { ...env, POINTS_GRPC_PORT: String(grpcPort) }, () => logger).start();
      onTestFinished(async () => {
        await role.lifecycle.stop('test');
      });
      await role.started;
      return role;
    };
    const [service, sidecar] = await Promise.all([start('service'), start('balances-server')]);

    const body = JSON.stringify(shopOrder(1, 42));
    const { status } = await fetch(`http://127.0.0.1:${service.httpPort}/orders/create`, {
      method: 'POST',
      body,
      headers: {
        ...{ 'x-shopify-topic': 'orders/create', 'x-shopify-shop-domain': shopDomain },
        ...{ 'x-shopify-webhook-id': randomUUID(), 'x-shopify-hmac-sha256': signatureOf('of the shop', body) },
      },
    });
    expect(status).toBe(200);
    const shown = credentials.createSsl(
      ...([authority.certificate, ofClient.key, ofClient.certificate].map((text) => Buffer.from(text)) as [
        Buffer,
        Buffer,
        Buffer,
      ]),
    );
    const ofServer = { 'grpc.ssl_target_name_override': 'points', 'grpc.use_local_subchannel_pool': 1 };
    const client = new PointsServiceClient(`127.0.0.1:${grpcPort}`, shown, ofServer);
    onTestFinished(() => client.close());
    const token = await auth.issueToken({ merchantId, scopes: ['merchant:points:view'] });
    const customerId = customerIdOf(merchantId, '42');
    const read = () => getBalance(client, { token, merchantId, customerId });
    await until('the order is in the balance', async () => (await read()).balance === '25', 30_000);

    const examined = await examineAll(env, ['ingress', 'processor', 'balances-server']);
    const stateOf = (name: string) => examined.find((finding) => finding.name === name)?.state;
    for (const name of ['topics', 'collections', 'MongoDB', 'Redis (cache)', 'schema registry', 'Auth'])
      expect([name, stateOf(name)]).toEqual([name, 'ok']);
    expect(stateOf('certificate of gRPC server')).toBe('warning');

    const metrics = await (await fetch(`http://127.0.0.1:${sidecar.httpPort}/metrics`)).text();
    expect(metrics).toMatch(/^points_certificate_not_after_seconds\{name="grpc-server"\} 1\d{9}$/m);
    for (const name of ['grpc-server', 'grpc-client', 'kafka', 'mongodb', 'redis', 'registry'])
      expect(metrics).toContain(`points_certificate_rejected{name="${name}"} 0`);

    await ours.write({ key: ofServers.key });
    const rejected = async () =>
      (await (await fetch(`http://127.0.0.1:${sidecar.httpPort}/metrics`)).text()).includes(
        'points_certificate_rejected{name="grpc-server"} 1',
      );
    await until('the alarm is raised', rejected, 10_000);
    expect((await read()).code).toBe('OK');
    await ours.write({ key: ofClient.key });
    await until('the alarm is over', async () => !(await rejected()), 10_000);
    const told = JSON.stringify(logger.lines);
    expect(told).toContain('New certificate files are refused');
    expect(told).not.toContain(password);
    expect(told).not.toContain(ofClient.key.slice(40, 80));
  });
});

const connectKafka = async (transport: Transport, broker = env['KAFKA_BROKER']!, logger = silentLogger) => {
  const kafka = createKafka({ brokers: [broker], clientId: 'test', logger, security: transport.kafka });
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.describeCluster();
  } finally {
    await admin.disconnect();
  }
};
const connectToMongo = async ({ mongo: tls }: Transport, uri = env['POINTS_DB_HOST']!) => {
  await (await connectMongo({ uri, database: 'points', appName: 'points-test', tls })).close();
};
const connectToRedis = async ({ redis: tls }: Transport, url = env['REDIS_HOST']!) => {
  const logger = recordingLogger();
  const redis = createRedis({ url, name: 'test', logger, tls });
  try {
    await redis.whenReady(1_500);
    await redis.ping();
  } catch (cause) {
    throw new Error(JSON.stringify(logger.lines), { cause });
  } finally {
    await redis.close();
  }
};
const askRegistry = ({ registry: tls }: Transport, url = env['SCHEMA_REGISTRY_URL']!) =>
  createRegistry({ url, tls }).ping();

const settingsOf = {
  kafka: ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'],
  mongo: ['POINTS_DB_TLS_CA', 'POINTS_DB_TLS_CERT', 'POINTS_DB_TLS_KEY'],
  redis: ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'],
  registry: ['SCHEMA_REGISTRY_CA', 'SCHEMA_REGISTRY_CERT', 'SCHEMA_REGISTRY_KEY'],
} as const;

describe.each([
  ['Kafka', settingsOf.kafka, connectKafka, () => env['KAFKA_BROKER']!, undefined],
  [
    'MongoDB',
    settingsOf.mongo,
    connectToMongo,
    () => `mongodb://localhost:${servers.ports.mongo}/?directConnection=true`,
    undefined,
  ],
  ['Redis', settingsOf.redis, connectToRedis, () => env['REDIS_HOST']!, undefined],
  ['The schema registry', settingsOf.registry, askRegistry, () => env['SCHEMA_REGISTRY_URL']!, () => otherRegistry],
] as const)('%s', (_server, [ca, certificate, key], connect, address, otherAddress) => {
  /** Another way to the same machine, which no certificate names. */
  const otherName = () => otherAddress?.() ?? address().replace('localhost', '127.1');

  test('is connected to with the certificates of the settings', async () => {
    await connect(transportWith({}), address());
  });

  test('is not connected to by a wrong CA, by a wrong name, without a certificate or with one of another CA', async () => {
    const wrongCa = { [ca]: (await filesOf(ofClient, stranger.certificate)).ca };
    const others = await filesOf(await issue(stranger));
    const wrongCertificate = { [certificate]: others.certificate, [key]: others.key };
    const none = { [certificate]: undefined, [key]: undefined };
    const tried = await Promise.allSettled([
      connect(transportWith(wrongCa), address()),
      connect(transportWith({}), otherName()),
      connect(transportWith(none), address()),
      connect(transportWith(wrongCertificate), address()),
    ]);
    const reasons = tried.map((one) => (one.status === 'rejected' ? inspect(one.reason, { depth: 6 }) : 'connected'));
    expect(reasons).not.toContain('connected');
    expect(reasons[0]).toMatch(/unable to verify|self-signed/);
    expect(reasons[1]).toMatch(/altnames/);
  });

  test('is connected to with the certificates of now, by a client that was made with others', async () => {
    const folder = await certificateFolder(fileTexts(ofClient, stranger.certificate));
    const { files } = folder;
    const transport = transportWith({ [ca]: files.ca, [certificate]: files.certificate, [key]: files.key });
    // As a client library takes them, once.
    const { kafka, mongo, redis, registry } = transport;
    const next = await issue(authority, { commonName: 'points' });
    const isNew = ({ current }: CertificateWatcher) => current.serial === serialOf(next);
    await folder.write(fileTexts(next, authority.certificate));
    await until('they are in use', () => transport.watchers.some(isNew), 5_000);
    await connect({ ...transport, kafka, mongo, redis, registry }, address());
  });
});

test.each([['plain'], ['scram-sha-512']])(
  'Kafka is logged in to by %s, with the right password only',
  async (mechanism) => {
    await connectKafka(transportWith({ KAFKA_SASL_MECHANISM: mechanism }));
    const logger = recordingLogger();
    const wrong = transportWith({ KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_PASSWORD: `${password}x` });
    await expect(connectKafka(wrong, env['KAFKA_BROKER'], logger)).rejects.toThrow(/SASL/);
    expect(JSON.stringify(logger.lines)).not.toContain(password);
  },
);
