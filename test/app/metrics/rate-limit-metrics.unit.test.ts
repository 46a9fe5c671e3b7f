import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../../src/app/metrics/metrics.ts';
import { createRateLimitHooks } from '../../../src/app/metrics/rate-limit-metrics.ts';
import { recordingLogger } from '../../streams/harness.ts';

const createRig = () => {
  const metrics = createMetrics();
  const logger = recordingLogger();
  const time = { now: 1_000 };
  const hooks = createRateLimitHooks({ metrics, logger, clock: { now: () => time.now } });
  const shown = async (): Promise<readonly string[]> =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('points_rate_limit'));
  return { hooks, logger, time, shown };
};

describe('the metrics of the rate limit', () => {
  test('are there before anybody is limited, so that a first time is seen', async () => {
    const { shown } = createRig();
    expect(await shown()).toEqual(['points_rate_limit_exceeded_total 0', 'points_rate_limit_deferred_total 0']);
  });

  test('count who comes over the limit, what is deferred, and what waits in each task', async () => {
    const { hooks, shown } = createRig();
    hooks.onLimited('m1');
    hooks.onDeferred(300);
    hooks.deferred('0_1', 300);
    hooks.onLimited('m2');
    hooks.onDeferred(5);
    hooks.deferred('0_1', 260);
    hooks.deferred('0_2', 5);
    expect(await shown()).toEqual([
      'points_rate_limit_exceeded_total 2',
      'points_rate_limit_deferred_total 305',
      'points_rate_limit_deferred{task="0_1"} 260',
      'points_rate_limit_deferred{task="0_2"} 5',
    ]);
    hooks.deferred('0_2', 0);
    expect(await shown()).toContain('points_rate_limit_deferred{task="0_2"} 0');
  });

  test('hold no id of a merchant: the log has it, once a minute', async () => {
    const { hooks, logger, time, shown } = createRig();
    for (let n = 0; n < 60; n += 1) {
      hooks.onLimited('m1');
      time.now += 1_000;
    }
    hooks.onLimited('m2');
    expect(logger.lines.map(({ fields }) => fields)).toEqual([{ merchant_id: 'm1' }, { merchant_id: 'm2' }]);
    time.now += 2_000;
    hooks.onLimited('m1');
    expect(logger.lines).toHaveLength(3);
    expect((await shown()).join('\n')).not.toContain('m1');
    expect(await shown()).toContain('points_rate_limit_exceeded_total 62');
  });
});
