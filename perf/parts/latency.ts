import { join } from 'node:path';
import { startChild } from '../rig/child.ts';
import { accountOf } from '../rig/orders.ts';
import type { Percentiles } from '../rig/percentiles.ts';
import type { Run } from '../rig/run.ts';
import { say } from '../rig/say.ts';
import { monotonicMs, type Schedule } from '../rig/schedule.ts';
import { latencyRates, watchEveryMs } from '../rig/sizes.ts';
import type { SendAnswer, SenderSetUp } from '../workers/sender.ts';
import type { WatchAnswer, WatchQuestion } from '../workers/watcher.ts';
import { untilProjected } from './end-to-end.ts';
import { balanceKey, checkProjections, type RunningService } from './service.ts';

/** At one rate, in milliseconds from when an order was due. */
export interface LatencyResult {
  readonly ratePerSecond: number;
  /** To the balance in Redis. */
  readonly balance: Percentiles;
  /** To the broker's acknowledgement: that much of it is the front door's. */
  readonly acknowledged: Percentiles;
  /** Between two looks of the watcher. */
  readonly looks: Percentiles;
}

const workers = join(import.meta.dirname, '..', 'workers');
const warmUpSeconds = 2;
/** Without any balance arriving: slow is a result, standing still is not. */
const giveUpAfterMs = 30_000;
/** So many watched orders a second are enough for a p99. */
const watchedPerSecond = 1_000;
/** Many short pauses of its collector instead of few long ones, which would be charged to the service. */
const execArgv = ['--max-semi-space-size=2'];

/** Orders at fixed rates through the whole service; see the workers for how they are sent and seen. */
export async function measureLatency(run: Run, service: RunningService): Promise<readonly LatencyResult[]> {
  const { world, book, customers } = service;
  const { addresses, state } = run.servers;
  const sender = startChild(join(workers, 'sender.ts'), { execArgv, logFile: world.logFile('sender') });
  const watcher = startChild(join(workers, 'watcher.ts'), { execArgv, logFile: world.logFile('watcher') });
  run.closers.add(null, async () => {
    await Promise.all([sender.end(), watcher.end()]);
  });
  await sender.ask<undefined>({
    ...{ brokers: [...addresses.brokers], registry: addresses.registry, customers: [...customers], seed: 5 },
    ...{ ordersBefore: book.orders, expected: [...book.expected] },
  } satisfies SenderSetUp);

  const atRate = async (ratePerSecond: number, seconds: number, seed: number) => {
    const orders = Math.round(ratePerSecond * seconds);
    const schedule: Schedule = {
      ...{ ratePerSecond, orders, seed, customers: customers.length },
      startMs: monotonicMs() + 300,
    };
    const question: WatchQuestion = {
      ...{ redis: addresses.redis.cache, schedule, giveUpAfterMs, pauseMs: watchEveryMs },
      keys: customers.map((customer) => balanceKey(accountOf(customer))),
      sequences: customers.map((customer) => book.expected.get(accountOf(customer))?.sequence ?? 0),
      everyNth: Math.max(1, Math.round(ratePerSecond / watchedPerSecond)),
    };
    const [sent, watched] = await Promise.all([
      sender.ask<SendAnswer>({ ...schedule }),
      watcher.ask<WatchAnswer>({ ...question }),
    ]);
    run.checks.equal('latency', `orders not acknowledged at ${ratePerSecond}/s`, sent.failed, 0);
    run.checks.equal('latency', `balances not seen at ${ratePerSecond}/s`, watched.missing, 0);
    book.resume({ orders: sent.orders, expected: sent.expected });
    return { balance: watched.latency, acknowledged: sent.acknowledged, looks: watched.looks };
  };

  const results: LatencyResult[] = [];
  for (const [index, ratePerSecond] of latencyRates.entries()) {
    await atRate(ratePerSecond, warmUpSeconds, 2 * index + 1);
    const measured = await atRate(ratePerSecond, run.sizes.latencySeconds, 2 * index + 2);
    const { p50, p99, max } = measured.balance;
    say(`at ${ratePerSecond}/s a balance is there after p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms`);
    results.push({ ratePerSecond, ...measured });
    await untilProjected(service);
    await state.flushall();
  }
  await Promise.all([sender.end(), watcher.end()]);
  await checkProjections(run.checks, 'latency', service);
  return results;
}
