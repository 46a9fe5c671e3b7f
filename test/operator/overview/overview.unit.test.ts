import { describe, expect, test } from 'vitest';
import { type OverviewParts, overviewOf } from '../../../src/operator/overview/overview.ts';
import { check, instance, ledger, now, points, task } from './instances.ts';

const overview = (changes: Partial<OverviewParts> = {}) =>
  overviewOf({
    ...{ now, own: 'a', boardFault: null, lags: [], shops: new Map(), stores: { ledger: ['MongoDB'] } },
    instances: [instance('a', { topologies: [points([task('0_0')]), ledger([task('0_0')])] })],
    kafka: { instance: 'a', ok: true, reason: null, since: 0, optional: false, facts: {} },
    ...changes,
  });

const wordsOf = (changes: Partial<OverviewParts>): readonly string[] =>
  overview(changes).problems.map(({ words }) => words);

describe('what is wrong now', () => {
  test('is nothing where all is well', () => {
    expect(overview().problems).toEqual([]);
  });

  test('is told with its cause, its length and what follows from it', () => {
    const lost = check('mongodb', { ok: false, reason: 'No answer within 1000 ms' });
    const retrying = ledger([task('0_0', { state: 'RETRYING' })]);
    const { problems } = overview({
      instances: [instance('a', { checks: [lost], topologies: [points([task('0_0')]), retrying] })],
      lags: [{ groupId: 'points-ledger', topic: 'audit_log', partitions: [12_431] }],
    });
    expect(problems).toEqual([
      {
        ...{ severity: 'bad', part: 'dependency:MongoDB', runbook: 'mongodb-crash' },
        words: 'MongoDB does not answer for 40 s · ledger 12,431 behind · decisions go on',
      },
    ]);
  });

  test('says at how many instances a server is away', () => {
    const lost = check('redis state', { ok: false, reason: 'x', since: now - 5_000 });
    const instances = [instance('a', { checks: [check('redis state')] }), instance('b', { checks: [lost] })];
    expect(wordsOf({ instances })).toEqual([
      'Redis (state) does not answer at 1 of 2 instances for 5 s · rate limits are kept in memory; decisions go on',
    ]);
  });

  test('tells of Kafka as this instance finds it, and of what waits at the front door', () => {
    const waiting = check('ingress kafka', {
      ok: false,
      optional: true,
      since: now - 300_000,
      facts: { waiting: 120 },
    });
    const { problems } = overview({
      instances: [instance('a', { checks: [waiting] })],
      lags: null,
      kafka: { instance: 'a', ok: false, reason: 'x', since: now - 299_000, optional: false, facts: {} },
    });
    expect(problems).toEqual([
      expect.objectContaining({
        ...{ severity: 'bad', runbook: 'kafka-loss' },
        words: 'Kafka does not answer for 5 min · 120 commands wait · nothing is decided; webhooks wait in MongoDB',
      }),
    ]);
  });

  test('names tasks that nobody has', () => {
    const lags = [{ groupId: 'points-points', topic: 'points.ingest', partitions: [0, 7] }];
    expect(wordsOf({ lags })).toEqual(['points: no instance has 0_1']);
  });

  test('tells of a lag that nothing explains, and not of what is just on its way', () => {
    const busy = points([task('0_0', { read: { 'points.ingest': 500 } })]);
    const behind = (records: number) =>
      wordsOf({
        instances: [instance('a', { topologies: [busy] })],
        lags: [{ groupId: 'points-points', topic: 'points.ingest', partitions: [records] }],
      });
    expect(behind(4_000)).toEqual([]);
    expect(behind(6_000)).toEqual(['points is 6,000 behind, and reads 500 a second']);
  });

  test('puts the worst first', () => {
    const stopped = points([task('0_0')], { state: 'ERROR', error: 'Schema refused' });
    const deferred = { records: 40, merchants: [['m', 40]] as [string, number][] };
    const { problems } = overview({
      boardFault: 'Redis (state) is not available',
      instances: [instance('a', { topologies: [stopped], deferred, deadLettersLastHour: 1 })],
    });
    expect(problems.map(({ severity, words }) => [severity, words])).toEqual([
      ['bad', 'points has stopped: Schema refused'],
      ['warning', '1 dead letter in the last hour'],
      ['notice', '1 merchant over the rate limit: 40 events wait in order'],
      ['notice', 'Only this instance is seen: Redis (state) is not available'],
    ]);
  });
});

describe('the whole over all instances', () => {
  const read = { 'points.ingest': 10 };
  const written = { audit_log: 12 };
  const instances = [
    instance('a', { topologies: [points([task('0_0', { read, written })])] }),
    instance('b', {
      topologies: [points([task('0_1', { read, written, lags: { 'points.ingest': 3 } })])],
      deferred: { records: 5, merchants: [['m', 5]] },
    }),
  ];

  test('has each task with its owner, and sums over the edges', () => {
    const { parts, edges } = overview({ instances, lags: null });
    expect(parts[0]?.tasks.map(({ id, owner, perSecond }) => [id, owner, perSecond])).toEqual([
      ['0_0', 'a', 10],
      ['0_1', 'b', 10],
    ]);
    expect(edges).toEqual({
      'topic:points.ingest>part:points/0': { perSecond: 20, lag: 3 },
      'part:points/0>topic:audit_log': { perSecond: 24, lag: null },
    });
  });

  test('gives a task that two name to the one that runs it', () => {
    const moving = [
      instance('a', { topologies: [points([task('0_0', { state: 'CLOSING' })])] }),
      instance('b', { topologies: [points([task('0_0')])] }),
    ];
    expect(overview({ instances: moving }).parts[0]?.tasks[0]).toMatchObject({ owner: 'b', state: 'RUNNING' });
    expect(overview({ instances: moving.reverse() }).parts[0]?.tasks[0]).toMatchObject({ owner: 'b' });
  });

  test('sums stores over partitions, and counts no entries where one part could not', () => {
    const size = (store: string, partition: number, entries: number | null) => ({
      ...{ store, part: 0, partition, bytes: 100, entries },
    });
    const stores = [size('accounts', 0, 2), size('accounts', 1, 3), size('orders', 0, null), size('orders', 1, 1)];
    const { parts } = overview({ instances: [instance('a', { topologies: [points([task('0_0')], { stores })] })] });
    expect(parts[0]?.stores).toEqual([
      { name: 'accounts', bytes: 200, entries: 5 },
      { name: 'orders', bytes: 200, entries: null },
    ]);
  });

  test('names merchants that wait by their shops', () => {
    const { deferred } = overview({ instances, shops: new Map([['m', 'acme.myshopify.com']]) });
    expect(deferred).toEqual({
      records: 5,
      merchants: [{ merchantId: 'm', shopDomain: 'acme.myshopify.com', waiting: 5 }],
    });
  });
});
