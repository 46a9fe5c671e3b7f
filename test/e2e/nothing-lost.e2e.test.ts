import { randomInt } from 'node:crypto';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFailed, test } from 'vitest';
import { installServers } from '../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../src/ops/dev/kafka.ts';
import { logTail } from '../../src/ops/dev/process.ts';

import { judge, type RunFacts } from '../support/checker.ts';
import { outsideKafka } from '../support/kafka-outside.ts';
import { planStrikes, startKiller } from '../support/killer.ts';
import { decodeAudit, decodeEarned, lagsOf, ledgerOf, readCached, readLedger, readServed } from '../support/observe.ts';
import { generateOrders } from '../support/order-generator.ts';
import { seededRandom } from '../support/random.ts';
import { startServiceUnderTest } from '../support/service-under-test.ts';
import { sendAll } from '../support/shop-sender.ts';
import { until, untilCounted } from '../support/until.ts';

/** The same seed sends the same orders and strikes at the same places; how far the processor is then, no seed decides. */
const seed = Number(process.env['POINTS_SEED'] ?? randomInt(1, 1_000_000_000));
const killsWanted = 3;
const sizes = { orders: 20_000, customers: 500, merchants: 8, repeatEvery: 10 } as const;
const minute = 60_000;

const cleanUps: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}, minute);

const say = (line: string): void => void process.stderr.write(`nothing-lost: ${line}\n`);

describe('the whole service on real servers', () => {
  test(
    `loses and doubles nothing while its processor is killed three times (POINTS_SEED=${seed})`,
    async () => {
      const since = performance.now();
      const elapsed = (): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
      const run = generateOrders({ ...sizes, seed, startMs: Date.now() - sizes.orders });
      const service = await startServiceUnderTest(run.merchants, (cleanUp) => cleanUps.push(cleanUp));
      const { addresses, dataDir } = service.servers;
      onTestFailed(async () => say(await logTail(path.join(dataDir, 'logs', 'processor.log'))));
      const ledger = ledgerOf(service.mongo, service.database);
      say(`up after ${elapsed()}, seed ${seed}`);

      const acknowledged = new Set<string>();
      let delivered = 0;
      const killer = startKiller({
        victim: service.processor,
        strikes: planStrikes(seededRandom(seed), killsWanted, run.deliveries.length),
        delivered: () => delivered,
        progress: () => ledger.countDocuments(),
        leeway: 2_500,
      });
      const sent = await sendAll({
        http: service.http,
        deliveries: run.deliveries,
        concurrency: 16,
        gate: (index) => killer.gate(index),
        acknowledged: ({ expected }) => {
          delivered += 1;
          acknowledged.add(`${expected.merchantId}/${expected.eventId}`);
        },
        giveUpAfterMs: minute,
      });
      await killer.done;
      const at = (share: number): string =>
        (sent.latenciesMs[Math.floor(sent.latenciesMs.length * share)] ?? 0).toFixed(0);
      say(`${delivered} deliveries, ${sent.retries} retries, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${elapsed()}`);
      expect(delivered).toBe(run.deliveries.length);

      await untilCounted('The ledger', () => ledger.countDocuments(), run.expected.length, minute);
      say(`the ledger has all after ${elapsed()}`);

      const { kafka: software } = await installServers({ kinds: ['kafka'] });
      const kafka = outsideKafka(`${kafkaLibraries(software)}/*`, addresses.brokers);
      const [ingest, audit] = await Promise.all([kafka.read('points.ingest'), kafka.read('audit_log')]);
      const [changes, earned] = await Promise.all([kafka.read('points.balances'), kafka.read('points.earned')]);
      const sources = new Map([
        ['points.ingest', ingest],
        ['audit_log', audit],
        ['points.balances', changes],
      ]);
      const isThrough = async (): Promise<boolean> => (await lagsOf(kafka, sources)).every(({ lag }) => lag === 0);
      const [deadLetters] = await Promise.all([
        kafka.read('points.dlq'),
        until('every group has read its topics', isThrough, minute),
      ]);

      const customers = [...new Map(run.expected.map((one) => [`${one.merchantId}/${one.customerId}`, one])).values()];
      const tokens = new Map<string, string>();
      for (const { merchantId } of run.merchants) {
        tokens.set(merchantId, await service.auth.issueToken({ merchantId, scopes: ['merchant:points:view'] }));
      }
      const redis = new Redis(addresses.redis.cache);
      cleanUps.push(async () => redis.disconnect());
      const cached = await readCached(redis, customers);
      const facts: RunFacts = { expected: run.expected, acknowledged, kills: killer.kills, killsWanted };
      const findings = judge(facts, {
        ledger: await readLedger(ledger),
        earned: await decodeEarned(addresses.registry, earned),
        audit: await decodeAudit(addresses.registry, audit),
        deadLetters: deadLetters.length,
        cached,
        served: await readServed(service.balances, customers, tokens),
        lags: await lagsOf(kafka, sources),
      });
      say(`${killer.kills} kills, ${cached.length} of ${customers.length} customers in Redis, ${elapsed()}`);
      say(`findings: ${JSON.stringify(Object.groupBy(findings, ({ kind }) => kind)).slice(0, 2_000)}`);
      expect(findings.slice(0, 20)).toEqual([]);
      expect(customers).toHaveLength(sizes.customers);
    },
    10 * minute,
  );
});
