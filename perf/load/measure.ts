/**
 * Measures a whole instance of its own on this machine, everything on it: webhooks answered at 100 a second, and balances
 * read from the cache at 500 a second. `npm run bench -- --load` (`--short`). Each is read beside a floor of the same run: the
 * least a request on the same server costs.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { customerIdOf } from '../../src/domain/index.ts';
import { balanceReader, grpcFloor } from './balances.ts';
import { startInstance } from './instance.ts';
import { liftRateLimits } from './lift-rate-limits.ts';
import { openLoop, type OpenLoopResult } from './open-loop.ts';
import { httpFloor, webhookSender } from './webhooks.ts';

/** What the issue asks for, in milliseconds. */
const targets = { webhooks: { p50Ms: 50, p99Ms: 250 }, balance_hits: { p99Ms: 10 } } as const;

const seconds = process.argv.includes('--short') ? 10 : 60;
const results = join(import.meta.dirname, '..', 'results');

const instance = await startInstance();
try {
  const { dev } = instance;
  await liftRateLimits(dev);
  const send = webhookSender(dev);
  await openLoop({ ratePerSecond: 50, seconds: 5, call: send });

  const floor = await openLoop({ ratePerSecond: 100, seconds: seconds / 2, call: httpFloor(dev) });
  const webhooks = await openLoop({ ratePerSecond: 100, seconds, call: (index) => send(1_000_000 + index) });

  const merchantId = dev.merchants[0]?.merchant_id ?? '';
  // The customers whose orders went to the first merchant: every other one of them.
  const customers = Array.from({ length: 250 }, (_, n) => customerIdOf(merchantId, String(7_000_000_000_000 + 2 * n)));
  const read = balanceReader(dev, customers);
  // The projections catch up, and every balance is read into the cache once.
  await sleep(3_000);
  await openLoop({ ratePerSecond: 200, seconds: 3, call: read });
  // The compiler of the server's process needs some thousand calls before it is done.
  await openLoop({ ratePerSecond: 500, seconds: 10, call: read });
  const callsFloor = await openLoop({ ratePerSecond: 500, seconds: seconds / 2, call: grpcFloor(dev) });
  const balanceHits = await openLoop({ ratePerSecond: 500, seconds, call: read });

  await report({ http_floor: floor, webhooks, grpc_floor: callsFloor, balance_hits: balanceHits });
} finally {
  await instance.stop();
}

async function report(measured: Readonly<Record<string, OpenLoopResult>>): Promise<void> {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
  };
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const settings = {
    seconds,
    webhooks_per_second: 100,
    balances_per_second: 500,
    partitions: 4,
    node: process.version,
  };
  await mkdir(results, { recursive: true });
  const latest = { date: new Date().toISOString(), commit, machine, settings, targets, measured };
  await writeFile(join(results, 'load.json'), `${JSON.stringify(latest, null, 2)}\n`);

  process.stdout.write('\n                 calls  errors   p50 ms   p99 ms   max ms\n');
  for (const [name, { calls, errors, p50Ms, p99Ms, maxMs }] of Object.entries(measured)) {
    const cells = [calls, errors, p50Ms, p99Ms, maxMs].map((value) => String(value).padStart(8));
    process.stdout.write(`${name.padEnd(14)}${cells.join(' ')}\n`);
  }
  const { webhooks, balance_hits: hits } = measured;
  const met =
    webhooks !== undefined &&
    hits !== undefined &&
    webhooks.errors + hits.errors === 0 &&
    webhooks.p50Ms <= targets.webhooks.p50Ms &&
    webhooks.p99Ms <= targets.webhooks.p99Ms &&
    hits.p99Ms <= targets.balance_hits.p99Ms;
  process.stdout.write(
    met ? '\nEvery target is reached.\n' : `\nNot every target is reached: ${JSON.stringify(targets)}\n`,
  );
  process.exitCode = met ? 0 : 1;
}
