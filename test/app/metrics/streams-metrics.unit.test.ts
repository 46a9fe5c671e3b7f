import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHealth } from '../../../src/app/health.ts';
import { createHttpServer } from '../../../src/app/http-server.ts';
import { createStreamsMetrics } from '../../../src/app/metrics/streams-metrics.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { StreamsStatus, TaskStatus } from '../../../src/streams/index.ts';

const task = (changes: Partial<TaskStatus> = {}): TaskStatus => ({
  ...{ taskId: '0_1', state: 'RUNNING', queued: 30, lag: 500, processed: 1_000, progressAt: 1_700_000_000_500 },
  lags: new Map([['orders', 500]]),
  counts: { read: new Map([['orders', 1_000]]), written: new Map(), deadLetters: 0 },
  ...changes,
});

const status = (changes: Partial<StreamsStatus> = {}): StreamsStatus => ({
  ...{
    topology: 'points',
    state: 'RUNNING',
    error: null,
    tasks: [task()],
    aliveAt: 1_700_000_001_000,
    globalTables: [],
  },
  ...changes,
});

/** Metrics as whoever scrapes them gets them. */
const createRig = async () => {
  const registry = new Registry();
  const metrics = createStreamsMetrics(registry);
  const world = { streams: [status()] };
  metrics.observe(() => world.streams.map((each) => ({ status: () => each })));
  const health = createHealth({ logger: silentLogger });
  const server = createHttpServer({ health, metrics: { registry }, logger: silentLogger });
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  const scrape = async (prefix: string): Promise<readonly string[]> => {
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(prefix));
  };
  return { ...metrics, world, scrape };
};

describe('a scrape of the engine’s metrics', () => {
  test('shows the streams and each task as they are now', async () => {
    const { world, scrape } = await createRig();
    expect(await scrape('points_streams_')).toEqual(
      expect.arrayContaining([
        'points_streams_state{topology="points",state="RUNNING"} 1',
        'points_streams_tasks{topology="points"} 1',
        'points_streams_alive_timestamp_seconds{topology="points"} 1700000001',
        'points_streams_task_state{topology="points",task="0_1",state="RUNNING"} 1',
        'points_streams_lag_records{topology="points",task="0_1"} 500',
        'points_streams_queued_records{topology="points",task="0_1"} 30',
        'points_streams_task_running{topology="points",task="0_1"} 1',
        'points_streams_task_progress_timestamp_seconds{topology="points",task="0_1"} 1700000000.5',
      ]),
    );
    world.streams = [status({ state: 'REBALANCING', tasks: [task({ state: 'RESTORING' }), task({ taskId: '0_2' })] })];
    expect(await scrape('points_streams_state')).toEqual([
      'points_streams_state{topology="points",state="REBALANCING"} 1',
    ]);
    expect(await scrape('points_streams_task_state')).toEqual([
      'points_streams_task_state{topology="points",task="0_1",state="RESTORING"} 1',
      'points_streams_task_state{topology="points",task="0_2",state="RUNNING"} 1',
    ]);
  });

  test('shows how far each global table is', async () => {
    const { world, scrape } = await createRig();
    const table = { store: 'rates', topic: 'rates', isRestored: true, position: 1_200, lag: 30 };
    world.streams = [status({ globalTables: [table] })];
    expect(await scrape('points_streams_global_table_')).toEqual([
      'points_streams_global_table_position{topology="points",store="rates"} 1200',
      'points_streams_global_table_lag_records{topology="points",store="rates"} 30',
    ]);
  });

  test('shows nothing of a task that has left', async () => {
    const { world, scrape } = await createRig();
    await scrape('points_streams_');
    world.streams = [status({ tasks: [] })];
    expect((await scrape('points_streams_')).filter((line) => line.includes('task='))).toEqual([]);
    expect(await scrape('points_streams_tasks')).toEqual(['points_streams_tasks{topology="points"} 0']);
  });

  test('counts records and commits of each task, from which their rates are made', async () => {
    const { listener, scrape } = await createRig();
    listener.onCommit?.('points', '0_1', 900, 0.02);
    listener.onCommit?.('points', '0_1', 100, 0.2);
    listener.onCommit?.('points', '0_2', 1, 0.02);
    expect(await scrape('points_streams_records_total')).toEqual([
      'points_streams_records_total{topology="points",task="0_1"} 1000',
      'points_streams_records_total{topology="points",task="0_2"} 1',
    ]);
    expect(await scrape('points_streams_commits_total')).toEqual([
      'points_streams_commits_total{topology="points",task="0_1"} 2',
      'points_streams_commits_total{topology="points",task="0_2"} 1',
    ]);
    expect(await scrape('points_streams_commit_seconds_count')).toEqual([
      'points_streams_commit_seconds_count{topology="points"} 3',
    ]);
  });

  test('counts what came and went between two scrapes', async () => {
    const { listener, scrape } = await createRig();
    for (const state of ['FENCED', 'ACQUIRING', 'RESTORING', 'RUNNING', 'FENCED']) {
      listener.onTaskState?.('points', '0_1', state);
    }
    listener.onRetry?.('points', '0_1', new DependencyUnavailableError('Kafka'));
    expect(await scrape('points_streams_task_transitions_total')).toContain(
      'points_streams_task_transitions_total{topology="points",state="FENCED"} 2',
    );
    expect(await scrape('points_streams_retries_total')).toEqual([
      'points_streams_retries_total{topology="points",code="DEPENDENCY_UNAVAILABLE"} 1',
    ]);
  });
});

describe('the progress of restoring', () => {
  const remaining = 'points_streams_restore_remaining_records';

  test('is what is left of each store, and nothing once the task runs', async () => {
    const { listener, scrape } = await createRig();
    listener.onTaskState?.('points', '0_1', 'RESTORING');
    listener.onRestoreProgress?.('points', '0_1', 'accounts', 4_000, 1_000_000);
    listener.onRestoreProgress?.('points', '0_2', 'accounts', 0, 70);
    expect(await scrape(remaining)).toEqual([
      `${remaining}{topology="points",task="0_1",store="accounts"} 996000`,
      `${remaining}{topology="points",task="0_2",store="accounts"} 70`,
    ]);
    expect(await scrape('points_streams_restore_end_offset')).toContain(
      'points_streams_restore_end_offset{topology="points",task="0_1",store="accounts"} 1000000',
    );
    listener.onRestoreProgress?.('points', '0_1', 'accounts', 1_000_000, 1_000_000);
    listener.onRestored?.('points', '0_1', 'accounts', 900_000, 8);
    expect(await scrape(remaining)).toContain(`${remaining}{topology="points",task="0_1",store="accounts"} 0`);
    listener.onTaskState?.('points', '0_1', 'RUNNING');
    expect(await scrape(remaining)).toEqual([`${remaining}{topology="points",task="0_2",store="accounts"} 70`]);
    expect(await scrape('points_streams_restored_records_total')).toEqual([
      'points_streams_restored_records_total{topology="points",store="accounts"} 900000',
    ]);
    expect(await scrape('points_streams_restore_seconds_sum')).toEqual([
      'points_streams_restore_seconds_sum{topology="points",store="accounts"} 8',
    ]);
  });

  test('of a task that leaves before it is done is not shown any more', async () => {
    const { listener, scrape } = await createRig();
    listener.onRestoreProgress?.('points', '0_1', 'accounts', 10, 1_000);
    listener.onRestoreProgress?.('points', '0_1', 'seen-events', 20, 30);
    listener.onTaskState?.('points', '0_1', 'CLOSING');
    expect(await scrape('points_streams_restore_')).toEqual([]);
  });

  test('of a store that had nothing to restore is none', async () => {
    const { listener, scrape } = await createRig();
    listener.onRestored?.('points', '0_1', 'accounts', 0, 0.001);
    expect(await scrape(remaining)).toEqual([]);
  });
});
