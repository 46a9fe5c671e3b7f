/**
 * `npm run load:k6` (`-- --short`): the plan's load with its thresholds, then ever more until a promise is broken. The
 * service and the balances server run at half a core and 512 MiB each, the servers and k6 beside them on the same machine.
 * Exit code 1 where a threshold of the plan's load is not kept. Results: perf/results/k6.json.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { customerIdOf } from '../../src/domain/index.ts';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';
import { startInstance } from '../load/instance.ts';
import { liftRateLimits } from '../load/lift-rate-limits.ts';
import { openLoop } from '../load/open-loop.ts';
import { webhookSender } from '../load/webhooks.ts';
import { k6Program } from './install-k6.ts';
import { descendants, limit, throttledOf } from './limits.ts';

const root = path.join(import.meta.dirname, '..', '..');
const isShort = process.argv.includes('--short');
const limits = { cpus: 0.5, memoryMib: 512 };
/** What the plan asks for, in transactions a second. */
const planned = 15_000 / 3_600;
const slo = { p99Ms: 200, failures: 0.005 };
const steps = {
  orders: isShort ? [25, 50, 100, 150] : [10, 25, 50, 100, 150, 200, 300, 400, 600],
  hits: isShort ? [100, 250, 500, 750] : [100, 250, 500, 750, 1_000, 1_500, 2_000],
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The customers that webhookSender sends for, of the first merchant: every other one of them. */
const customersOf = (merchantId: string): readonly string[] =>
  Array.from({ length: 250 }, (_, n) => customerIdOf(merchantId, String(7_000_000_000_000 + 2 * n)));

interface Trend {
  readonly values: Readonly<Record<string, number>>;
}

type Metrics = Readonly<Record<string, Trend | undefined>>;

const value = (metrics: Metrics, name: string, key: string): number => metrics[name]?.values[key] ?? 0;
const rounded = (number: number): number => Math.round(number * 100) / 100;

async function k6(script: string, knownFile: string, summary: string, env: NodeJS.ProcessEnv = {}) {
  const program = await k6Program(say);
  const args = ['run', '--quiet', '--no-usage-report', path.join(import.meta.dirname, script)];
  const child = spawn(program, args, {
    env: { ...process.env, POINTS_K6: knownFile, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  const { metrics } = JSON.parse(await readFile(summary, 'utf8')) as { readonly metrics: Metrics };
  return { isKept: code === 0, metrics };
}

const stepResult = (door: 'orders' | 'hits', rate: number, metrics: Metrics) => {
  const duration = door === 'orders' ? 'http_req_duration' : 'grpc_req_duration';
  const p99Ms = rounded(value(metrics, duration, 'p(99)'));
  const failed = 1 - value(metrics, 'checks', 'rate');
  const dropped = value(metrics, 'dropped_iterations', 'count');
  const perSecond = rounded(value(metrics, 'iterations', 'rate'));
  const isKept = p99Ms < slo.p99Ms && failed < slo.failures && dropped === 0;
  return { rate, perSecond, p99Ms, failed: rounded(failed), dropped, isKept };
};

/** What is read from the ledger must not be in Redis when it is read: taken out all the time. */
const keepUncached = (dev: DevFile, merchantId: string, customers: readonly string[]): (() => Promise<void>) => {
  const redis = new Redis(dev.redis.cache);
  const keys = customers.map((customer) => `cache:${merchantId}:${customer}:points`);
  const timer = setInterval(() => void redis.unlink(...keys), 100);
  return async () => {
    clearInterval(timer);
    await redis.quit();
  };
};

const instance = await startInstance();
const folder = await mkdtemp(path.join(root, '.points', 'k6-'));
const summary = path.join(folder, 'summary.json');
const knownFile = path.join(folder, 'known.json');
try {
  const { dev, pid } = instance;
  const [merchant] = dev.merchants;
  const merchantId = merchant?.merchant_id ?? '';
  const customers = customersOf(merchantId);
  await liftRateLimits(dev);
  const send = webhookSender(dev);
  await openLoop({ ratePerSecond: 50, seconds: 20, call: send });
  await sleep(2_000);

  const roles = ['service', 'balances-server'] as const;
  const limited = await Promise.all(
    roles.map(async (role) => {
      const [found] = await descendants(pid, ['cli.ts', role]);
      if (found === undefined) throw new Error(`${role} is not found among the processes`);
      return { role, pid: found, release: await limit(found, role, limits) };
    }),
  );

  const known = {
    ...{ http: dev.http, grpc: dev.grpc, protoFolder: path.join(root, 'proto'), summary },
    merchants: dev.merchants.map((one) => ({
      ...{ merchantId: one.merchant_id, shopDomain: one.shop_domain, currency: one.currency },
      secret: one.webhook_secrets[0],
    })),
    token: merchant?.tokens['merchant:points:view'],
    ...{ firstOrderId: Date.now() * 1_000, firstCustomer: 7_000_000_000_000, customers: 500 },
    ...{ cached: customers.slice(0, 125), uncached: customers.slice(125) },
    ...{ hitsPerSecond: 20, missesPerSecond: 5, duration: isShort ? '30s' : '180s' },
  };
  const tell = (changes: object): Promise<void> => writeFile(knownFile, JSON.stringify({ ...known, ...changes }));

  await tell({});
  const stopEmptying = keepUncached(dev, merchantId, known.uncached);
  const { isKept, metrics } = await k6('steady.js', knownFile, summary);
  await stopEmptying();
  const plan = Object.fromEntries(
    [
      ['orders', 'http_req_duration{scenario:orders}'],
      ['hits', 'grpc_req_duration{scenario:hits}'],
      ['misses', 'grpc_req_duration{scenario:misses}'],
    ].map(([name = '', metric = '']) => [
      name,
      { medianMs: rounded(value(metrics, metric, 'med')), p99Ms: rounded(value(metrics, metric, 'p(99)')) },
    ]),
  );
  say(`15,000 transactions an hour: ${isKept ? 'every threshold kept' : 'NOT KEPT'} ${JSON.stringify(plan)}`);

  const ramp: Record<string, ReturnType<typeof stepResult>[]> = { orders: [], hits: [] };
  for (const door of ['orders', 'hits'] as const) {
    for (const rate of steps[door]) {
      await tell({ duration: isShort ? '10s' : '20s', firstOrderId: Date.now() * 1_000 });
      const run = await k6('ramp.js', knownFile, summary, { POINTS_K6_RATE: String(rate), POINTS_K6_DOOR: door });
      const result = stepResult(door, rate, run.metrics);
      ramp[door]?.push(result);
      say(`${door} ${JSON.stringify(result)}`);
      if (!result.isKept) break;
      // What was taken is decided before more comes.
      await sleep(2_000);
    }
  }
  const highest = (door: string): number =>
    Math.max(0, ...(ramp[door] ?? []).filter((one) => one.isKept).map(({ rate }) => rate));
  const margin = rounded(highest('orders') / planned);
  say(
    `One instance takes ${String(highest('orders'))} orders/s: ${String(margin)} times the plan; ${String(highest('hits'))} reads/s`,
  );

  const throttled = Object.fromEntries(
    await Promise.all(limited.map(async ({ role, pid: at }) => [role, await throttledOf(at, role)] as const)),
  );
  const result = {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: root }).trim(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() },
    form: isShort ? 'short' : 'full',
    ...{ limits, slo, plan: { transactionsPerHour: 15_000, isKept, ...plan }, ramp, margin, throttled },
  };
  await writeFile(path.join(root, 'perf/results/k6.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = isKept ? 0 : 1;
  await instance.stop();
  for (const { release } of limited) await release();
} finally {
  await instance.stop();
  await rm(folder, { recursive: true, force: true });
}
