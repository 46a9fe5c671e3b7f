import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { createLagMetrics } from '../../src/app/metrics/lag-metrics.ts';
import { followedTopics, lookOnce } from '../../src/app/watch-lag.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { silentLogger } from '../../src/common/logger.ts';

const topologies = path.resolve(import.meta.dirname, '../../topologies');

/** The topics of every source, as the topologies' own descriptions have them. */
const described = () =>
  Object.fromEntries(
    readdirSync(topologies, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const text = readFileSync(path.join(topologies, name, 'topology.txt'), 'utf8');
        const read = [...text.matchAll(/Source: \S+ \(topics: \[([^\]]+)\]\)/g)].flatMap(([, list = '']) =>
          list.split(', '),
        );
        return [`app-${name}`, read.sort()];
      }),
  );

test('lag is watched of every topology’s group, in every topic it reads', () => {
  const watched = followedTopics('app').map(({ groupId, topics }) => [groupId, [...topics].sort()]);
  expect(Object.fromEntries(watched)).toEqual(described());
});

test('a look that Kafka does not answer takes away what was shown, and the next one brings it back', async () => {
  const { registry } = createMetrics();
  const world = { isAway: false };
  const watch = {
    ...{
      groups: followedTopics('app'),
      metrics: createLagMetrics(registry),
      clock: { now: () => 5_000 },
      logger: silentLogger,
    },
    lag: {
      positions: async () => {
        if (world.isAway) throw new DependencyUnavailableError('Kafka');
        return [{ groupId: 'app-points', topic: 'points.ingest', partition: 3, position: 4, end: 9 }];
      },
      close: async () => undefined,
    },
  };
  const shown = async () =>
    (await registry.metrics()).includes(
      'points_group_lag_records{group="app-points",topic="points.ingest",partition="3"} 5',
    );
  await lookOnce(watch);
  expect(await shown()).toBe(true);
  world.isAway = true;
  await lookOnce(watch);
  expect(await registry.metrics()).not.toContain('points_group_lag_records{');
  world.isAway = false;
  await lookOnce(watch);
  expect(await shown()).toBe(true);
});
