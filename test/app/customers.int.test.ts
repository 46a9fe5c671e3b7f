import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCustomers } from '../../src/app/customers.ts';
import { createHealth } from '../../src/app/health.ts';
import { createLifecycle } from '../../src/app/lifecycle.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { systemClock } from '../../src/common/clock.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { startCoreServer } from '../support/core-server.ts';
import { until } from '../support/until.ts';

/** The customers of the processor role, over a real Core. */
const start = async (coreTimeoutMs = 300) => {
  const core = await startCoreServer(onTestFinished);
  const lines: string[] = [];
  const tell = (_: LogFields, message: string) => void lines.push(message);
  const logger = { ...silentLogger, warn: tell, info: tell };
  const metrics = createMetrics();
  const health = createHealth({ logger: silentLogger });
  const lifecycle = createLifecycle({ logger: silentLogger });
  onTestFinished(async () => {
    await lifecycle.stop('test');
  });
  let skippedMs = 0;
  const clock = { now: () => systemClock.now() + skippedMs };
  const config = { coreHost: core.address, coreTimeoutMs };
  const customers = createCustomers({
    config,
    logger,
    metrics,
    health,
    lifecycle,
    clock,
    transport: { grpcClient: undefined },
  });
  const known = async (refs: Parameters<NonNullable<typeof customers>['known']>[0]) =>
    (await customers!.known(refs)).map((answer) => (answer.status === 'error' ? answer.error : answer.status));
  const shown = async (...names: string[]) => {
    const text = await metrics.registry.metrics();
    return text.split('\n').filter((line) => names.some((name) => line.startsWith(name)));
  };
  const skip = (milliseconds: number): void => {
    skippedMs += milliseconds;
  };
  return { core, known, health, shown, lines, skip };
};

const merchantId = randomUUID();
const refs = (count: number) => Array.from({ length: count }, () => ({ merchantId, customerId: randomUUID() }));

const allOf = (answers: readonly unknown[]) =>
  new Set(answers.map((answer) => (answer instanceof Error ? answer.message : answer)));

test('Without CORE_HOST there is nobody to ask', () => {
  const customers = createCustomers({
    config: { coreTimeoutMs: 300 },
    transport: { grpcClient: undefined },
    ...{ logger: silentLogger, metrics: createMetrics(), clock: systemClock },
    health: createHealth({ logger: silentLogger }),
    lifecycle: createLifecycle({ logger: silentLogger }),
  });
  expect(customers).toBeUndefined();
});

describe('customers as Core knows them', () => {
  test('are answered in order, 32 questions at once, and are remembered', async () => {
    const { core, known, shown } = await start(5_000);
    const asked = refs(200);
    const strangers = new Set<string>(asked.filter((_, index) => index % 10 === 3).map(({ customerId }) => customerId));
    core.answer = async (customerId) => {
      await sleep(5);
      return strangers.has(customerId) ? status.NOT_FOUND : 'known';
    };
    const expected = asked.map(({ customerId }) => (strangers.has(customerId) ? 'unknown' : 'known'));
    expect(await known([...asked, ...asked])).toEqual([...expected, ...expected]);
    expect(core.asked).toHaveLength(200);
    expect(core.mostAtOnce).toBe(32);
    expect(await known(asked)).toEqual(expected);
    expect(core.asked).toHaveLength(200);
    expect(await shown('points_core_lookups_total', 'points_core_latency_seconds_count')).toEqual([
      'points_core_lookups_total{result="cached"} 200',
      'points_core_lookups_total{result="known"} 180',
      'points_core_lookups_total{result="unknown"} 20',
      'points_core_lookups_total{result="refused"} 0',
      'points_core_lookups_total{result="unavailable"} 0',
      'points_core_lookups_total{result="not_asked"} 0',
      'points_core_latency_seconds_count 200',
    ]);
  });

  test('are each for themselves: one that Core cannot answer for fails alone', async () => {
    const { core, known } = await start();
    const asked = refs(4);
    const ways = ['known', 'silence', status.INVALID_ARGUMENT, status.NOT_FOUND] as const;
    core.answer = (customerId) => ways[asked.findIndex((ref) => ref.customerId === customerId)] ?? 'known';
    expect(await known(asked)).toMatchObject([
      'known',
      { code: 'DEPENDENCY_UNAVAILABLE', retryable: true },
      { code: 'CORE_REFUSED', retryable: false },
      'unknown',
    ]);
  });
});

describe('a Core that hangs', () => {
  test('holds a thousand customers up for one time-out only, is left alone, and serves again by itself', async () => {
    const { core, known, health, shown, lines } = await start();
    core.answer = () => 'silence';
    const started = performance.now();
    expect(allOf(await known(refs(1_000)))).toEqual(new Set(['Core is not available']));
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(core.asked.length).toBeLessThanOrEqual(64);
    expect(await shown('points_core_breaker_state')).toEqual([
      'points_core_breaker_state{state="closed"} 0',
      'points_core_breaker_state{state="half-open"} 0',
      'points_core_breaker_state{state="open"} 1',
    ]);
    expect(await health.ready()).toEqual({
      ok: true,
      checks: { core: { ok: false, reason: 'Core fails, so it is not asked for a moment', optional: true } },
    });

    core.answer = () => 'known';
    await until('it is asked again', async () => (await known(refs(1)))[0] === 'known', 5_000);
    expect(allOf(await known(refs(300)))).toEqual(new Set(['known']));
    expect((await health.ready()).checks).toEqual({ core: { ok: true } });
    expect(lines).toEqual(['Core fails, so it is asked only now and then', 'Core is asked again']);
  });

  test('is tried by one question while a whole batch waits, and the batch is answered in full', async () => {
    const { core, known, skip } = await start();
    core.answer = () => 'silence';
    await known(refs(100));
    core.answer = () => 'known';
    skip(600);
    expect(allOf(await known(refs(100)))).toEqual(new Set(['known']));
  });
});

test('A Core that is away and comes back is asked again, and takes nobody down meanwhile', async () => {
  const { core, known, health } = await start();
  expect(await known(refs(1))).toEqual(['known']);
  core.stop();
  const started = performance.now();
  expect(allOf(await known(refs(1_000)))).toEqual(new Set(['Core is not available']));
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(await health.ready()).toMatchObject({ ok: true, checks: { core: { ok: false, optional: true } } });
  await core.restart();
  await until('it is found', async () => (await known(refs(1)))[0] === 'known', 10_000);
});

test('A slow Core answers for what fits into the time, and for the rest the next time', async () => {
  const { core, known } = await start(5_000);
  core.answer = async () => {
    await sleep(900);
    return 'known' as const;
  };
  const asked = refs(200);
  const started = performance.now();
  const first = await known(asked);
  expect(performance.now() - started).toBeLessThan(9_000);
  const answered = first.filter((answer) => answer === 'known').length;
  expect(answered).toBeGreaterThanOrEqual(96);
  expect(answered).toBeLessThan(200);
  expect(allOf(await known(asked))).toEqual(new Set(['known']));
});
