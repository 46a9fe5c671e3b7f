import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Collection, MongoClient, UUID } from 'mongodb';
import { afterAll, describe, expect, onTestFailed, test } from 'vitest';
import { installServers } from '../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../src/ops/dev/kafka.ts';
import { type ServerHandle, startServer } from '../../src/ops/dev/server.ts';
import { ingressRole, processorRole, runSetup, type ServiceRun } from '../../src/ops/dev/service-roles.ts';
import { outsideAvro } from '../support/avro-outside.ts';
import { outsideKafka } from '../support/kafka-outside.ts';
import { generateOrders } from '../support/order-generator.ts';
import { runShop, type ShopLog } from '../support/ordered-shops.ts';
import { startPrivateServers } from '../support/servers.ts';
import { until } from '../support/until.ts';

const seed = Number(process.env['POINTS_SEED'] ?? randomInt(1, 1_000_000_000));
const minute = 60_000;
const shops = 8;
/** Of a JVM that starts beside all of this. */
const readerWithinMs = 20_000;
const database = 'points';

const cleanUps: (() => Promise<void>)[] = [];
const onEnd = (cleanUp: () => Promise<void>): unknown => cleanUps.push(cleanUp);
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}, minute);

const say = (line: string): void => void process.stderr.write(`kafka-away: ${line}\n`);

/** An instance of ingress in a process of its own. */
const startIngress = async (run: ServiceRun, name: string, http: number) => {
  const spec = ingressRole({ ...run, ports: { ...run.ports, http } });
  const handle: ServerHandle = await startServer({ ...spec, name, logFile: path.join(run.logDir, `${name}.log`) });
  onEnd(() => handle.stop());
  const base = `http://127.0.0.1:${http}`;
  const counted = async (event: string): Promise<number> => {
    const page = await (await fetch(`${base}/metrics`)).text();
    const line = page.split('\n').find((each) => each.startsWith(`points_offline_queue_total{event="${event}"}`));
    return Number(line?.split(' ')[1]);
  };
  const ready = async (): Promise<{ readonly status: number; readonly degraded: string | undefined }> => {
    const response = await fetch(`${base}/ready`);
    const { checks } = (await response.json()) as { checks: Record<string, { reason?: string }> };
    return { status: response.status, degraded: checks['ingress kafka']?.reason };
  };
  return { handle, base, counted, ready };
};

/** What an instance logged beside its deliveries, the last of it. */
const notable = async (file: string): Promise<string> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !/Delivery (?:not )?taken/.test(line));
  return [file, ...lines.slice(-40).map((line) => line.slice(0, 600))].join('\n');
};

/** Event ids of a merchant in the order a reader first sees each. */
const firstSeen = (eventIds: readonly string[]): readonly string[] => [...new Set(eventIds)];

describe('two instances of ingress whose brokers are killed under load', () => {
  test(
    `lose nothing that was answered 200, keep every shop’s order and have nothing entered twice, though they are killed while they drain (POINTS_SEED=${seed})`,
    async () => {
      const servers = await startPrivateServers(onEnd);
      const { ports, addresses, dataDir } = servers;
      const [broker] = servers.handles.kafka ?? [];
      const run: ServiceRun = {
        ...{ ports, addresses, database, authHost: '127.0.0.1:1' },
        ...{ stateDir: path.join(dataDir, 'state'), logDir: path.join(dataDir, 'logs') },
      };
      await runSetup(run);
      const orders = generateOrders({
        ...{ seed, orders: 40_000, customers: 400, merchants: shops, repeatEvery: 1_000_000, startMs: Date.now() },
      });
      const mongo = new MongoClient(addresses.mongo);
      onEnd(() => mongo.close());
      await mongo
        .db(database)
        .collection('merchants')
        .insertMany(
          orders.merchants.map(({ merchantId, shopDomain, secret, currency }) => ({
            ...{ merchant_id: new UUID(merchantId), shop_domain: shopDomain, webhook_secrets: [secret], currency },
            earning_rule: { points: 1, per_minor_units: 100 },
            // Many more orders than a shop has: the rate limit would be all that is waited for.
            rate_limit_per_second: 100_000,
          })),
        );
      const queue: Collection = mongo.db(database).collection('pos_offline_queue');
      const instances = await Promise.all([
        startIngress(run, 'ingress-1', ports.http),
        startIngress(run, 'ingress-2', ports.processor),
      ]);
      onTestFailed(async () => {
        for (const name of ['ingress-1', 'ingress-2']) say(await notable(path.join(run.logDir, `${name}.log`)));
      });
      const sumOf = async (event: string): Promise<number> =>
        (await Promise.all(instances.map(({ counted }) => counted(event)))).reduce((sum, one) => sum + one, 0);

      const stopping = new AbortController();
      const logs = orders.merchants.map(
        ({ merchantId }): ShopLog => ({ merchantId, acknowledged: [], answers: new Map() }),
      );
      const acknowledged = (): number => logs.reduce((sum, log) => sum + log.acknowledged.length, 0);
      const sending = Promise.all(
        orders.merchants.map((merchant, index) =>
          runShop(
            instances[index % 2]!.base,
            orders.deliveries.filter((delivery) => delivery.merchant === merchant && !delivery.isRepeat),
            logs[index]!,
            stopping.signal,
          ),
        ),
      );
      sending.catch(() => undefined);
      onEnd(async () => stopping.abort());
      const untilMore = async (count: number): Promise<void> => {
        const wanted = acknowledged() + count;
        await until(`${count} more were acknowledged`, () => acknowledged() >= wanted, minute);
      };
      const killBroker = async (): Promise<void> => {
        broker!.kill('SIGKILL');
        await broker!.exited;
      };
      const untilTurnedBack = async (): Promise<void> => {
        const isBack = async (): Promise<boolean> =>
          (await Promise.all(instances.map(({ ready }) => ready()))).every(
            ({ status, degraded }) => status === 200 && degraded === undefined,
          );
        await until('every instance publishes to Kafka again', isBack, minute);
      };

      // 1: the broker is killed and comes back.
      await untilMore(300);
      await killBroker();
      await until('commands wait', async () => (await queue.countDocuments()) >= 300, minute);
      for (const { ready } of instances) {
        expect(await ready()).toMatchObject({
          status: 200,
          degraded: expect.stringContaining('Kafka is not available'),
        });
      }
      await broker!.restart();
      await untilTurnedBack();
      await untilMore(300);
      await until('the queue is empty', async () => (await queue.countDocuments()) === 0, minute);
      const [buffered, drained] = [await sumOf('buffered'), await sumOf('drained')];
      say(`${buffered} buffered, ${drained} drained, ${acknowledged()} acknowledged`);
      expect(buffered).toBeGreaterThanOrEqual(300);
      expect(drained).toBe(buffered);

      // 2: once more, and both instances are killed while what waits is being drained.
      await killBroker();
      await until('many wait', async () => (await queue.countDocuments()) >= 1_500, 2 * minute);
      const restarting = broker!.restart();
      let peak = 0;
      const isDraining = async (): Promise<boolean> => {
        const waiting = await queue.countDocuments();
        peak = Math.max(peak, waiting);
        return waiting < peak;
      };
      while (!(await isDraining()));
      for (const { handle } of instances) handle.kill('SIGKILL');
      await Promise.all(instances.map(({ handle }) => handle.exited));
      const left = await queue.countDocuments();
      say(`killed both while ${left} of ${peak} waited`);
      expect(left).toBeGreaterThan(0);
      await restarting;
      await Promise.all(instances.map(({ handle }) => handle.restart()));
      await untilTurnedBack();
      await untilMore(300);
      stopping.abort();
      await sending;
      await until('the queue is empty', async () => (await queue.countDocuments()) === 0, minute);
      expect(await mongo.db(database).collection('pos_offline_queue_state').findOne({ blocked: true })).toBeNull();

      const { kafka: software } = await installServers({ kinds: ['kafka'] });
      const records = await outsideKafka(`${kafkaLibraries(software)}/*`, addresses.brokers, readerWithinMs).read(
        'points.ingest',
      );
      const avro = outsideAvro(addresses.registry);
      const seen = new Map<string, string[]>(logs.map(({ merchantId }) => [merchantId, []]));
      for (const { key, value } of records) seen.get(key)?.push(String((await avro.decode(value))['event_id']));
      const all = [...seen.values()].flat();
      say(
        `${acknowledged()} acknowledged, ${records.length} records, ${all.length - new Set(all).size} of them repeats`,
      );
      say(`answers: ${JSON.stringify(logs.map(({ answers }) => Object.fromEntries(answers)))}`);
      for (const { merchantId, acknowledged: sent } of logs) {
        const found = firstSeen(seen.get(merchantId) ?? []);
        // The last one of a shop may be there without having been answered.
        expect(found.slice(0, sent.length)).toEqual(sent);
        expect(found.length - sent.length).toBeLessThanOrEqual(1);
      }

      // 3: what was sent more than once is entered once.
      await instances[1].handle.stop();
      const processor = await startServer(processorRole(run));
      onEnd(() => processor.stop());
      const ledger: Collection<{ event_id: UUID }> = mongo.db(database).collection('points_transactions');
      const happened = new Set(all);
      const isEntered = async (): Promise<boolean> => (await ledger.countDocuments()) >= happened.size;
      await until('the ledger has all', isEntered, 2 * minute);
      const entered = (await ledger.find().toArray()).map(({ event_id }) => String(event_id));
      expect(entered).toHaveLength(happened.size);
      expect(new Set(entered)).toEqual(happened);
    },
    10 * minute,
  );
});
