import { describe, expect, test } from 'vitest';
import { innerGraph, wholeGraph } from '../../../src/operator/overview/graph.ts';
import { placeGraph } from '../../../src/operator/overview/layout.ts';
import { ledger, points, task } from './instances.ts';

const surroundings = { stores: { ledger: ['MongoDB'] }, feeds: { ingress: ['points.ingest'], Nobody: ['elsewhere'] } };
const whole = wholeGraph([points([task('0_0')]), ledger([task('0_0')])], surroundings);

test('the whole goes from who feeds a topic to the store that is written', () => {
  expect(whole.edges.map(({ id }) => id)).toEqual([
    'topic:points.ingest>part:points/0',
    'part:points/0>topic:audit_log',
    'topic:audit_log>part:ledger/0',
    'part:ledger/0>store:MongoDB',
    'feed:ingress>topic:points.ingest',
  ]);
  expect(whole.nodes.map(({ id }) => id)).not.toContain('feed:Nobody');
});

test('a topology has its processors and their stores inside', () => {
  expect(innerGraph(points([])).edges.map(({ id }) => id)).toEqual([
    'topic:points.ingest>node:points/ingest',
    'node:points/ingest>node:points/decide',
    'node:points/decide>store:accounts',
    'node:points/decide>topic:audit_log',
  ]);
});

describe.each(['LR', 'TB'] as const)('laid out %s', (direction) => {
  const { nodes, edges, width, height } = placeGraph(whole, direction, true);

  test('no two nodes lie on each other, and all lie within', () => {
    for (const [index, one] of nodes.entries()) {
      expect(one.x - one.width / 2).toBeGreaterThanOrEqual(0);
      expect(one.x + one.width / 2).toBeLessThanOrEqual(width);
      expect(one.y + one.height / 2).toBeLessThanOrEqual(height);
      for (const other of nodes.slice(index + 1)) {
        const isApart =
          Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
          Math.abs(one.y - other.y) >= (one.height + other.height) / 2;
        expect(isApart, `${one.id} and ${other.id}`).toBe(true);
      }
    }
  });

  test('what flows goes forward', () => {
    const along = direction === 'LR' ? 0 : 1;
    for (const {
      points: [first, ...rest],
    } of edges) {
      expect(rest.at(-1)?.[along]).toBeGreaterThan(first?.[along] ?? Infinity);
    }
  });
});
