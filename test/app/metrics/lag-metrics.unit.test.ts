import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createLagMetrics } from '../../../src/app/metrics/lag-metrics.ts';

const rig = () => {
  const registry = new Registry();
  const metrics = createLagMetrics(registry);
  const look = (position: number, end: number, seconds: number) => {
    metrics.update([{ groupId: 'g', topic: 't', partition: 0, position, end }], seconds * 1_000);
  };
  const shown = async (name: string): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const lag = async () =>
    [...(await shown('points_group_lag_records')), ...(await shown('points_group_lag_seconds'))].map((line) =>
      Number(line.slice(line.lastIndexOf(' '))),
    );
  return { metrics, look, lag, shown };
};

test('lag in seconds is the age of the oldest end that the group has not reached', async () => {
  const { look, lag } = rig();
  look(10, 10, 0);
  expect(await lag()).toEqual([0, 0]);
  look(10, 15, 10);
  expect(await lag()).toEqual([5, 0]);
  look(10, 20, 20);
  expect(await lag()).toEqual([10, 10]);
  look(10, 20, 50);
  expect(await lag()).toEqual([10, 40]);
  // The end of second 10 is reached, that of second 20 is not.
  look(15, 20, 60);
  expect(await lag()).toEqual([5, 40]);
  look(20, 20, 70);
  expect(await lag()).toEqual([0, 0]);
});

test('a group that goes on while its topic does is as late as it is, less one look at most', async () => {
  const { look, lag } = rig();
  for (let second = 0; second <= 100; second += 10) look(second * 5 - 100, second * 5, second);
  expect(await lag()).toEqual([100, 10]);
});

test('where Kafka does not answer nothing is shown, but when it last did', async () => {
  const { metrics, look, lag, shown } = rig();
  expect(await shown('points_group_lag_timestamp_seconds')).toEqual(['points_group_lag_timestamp_seconds 0']);
  look(0, 5, 30);
  metrics.unknown();
  expect(await lag()).toEqual([]);
  expect(await shown('points_group_lag_timestamp_seconds')).toEqual(['points_group_lag_timestamp_seconds 30']);
  look(0, 5, 90);
  expect(await lag()).toEqual([5, 60]);
});
