import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHealth } from '../../../src/app/health.ts';
import { createHttpServer } from '../../../src/app/http-server.ts';
import { createStreamsMetrics } from '../../../src/app/metrics/streams-metrics.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { KafkaStreams } from '../../../src/streams/index.ts';
import { countingTopology } from '../../streams/counting-topology.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { until } from '../../support/until.ts';

/** A process's metrics, with the streams that run in it. */
const instance = async (rig: KafkaRig) => {
  const registry = new Registry();
  const { listener, observe } = createStreamsMetrics(registry);
  const streams = await rig.streams(countingTopology(rig.topics), { listener });
  const running: KafkaStreams[] = [streams];
  observe(() => running);
  const server = createHttpServer({
    health: createHealth({ logger: silentLogger }),
    metrics: { registry },
    logger: silentLogger,
  });
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  const scrape = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  };
  return { streams, scrape };
};

const topology = 'topology="counting"';
const task = `${topology},task="0_0"`;

describe('a scrape of a task that runs on a real broker', () => {
  test('tells of its commits, and of what it restored when it began anew without its stores', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions: 1 });
    const keys = Array.from({ length: 60 }, (_, number) => `k${String(number)}`);
    await rig.send(
      rig.topics.in,
      0,
      keys.map((key, number) => record(key, number)),
    );

    const first = await instance(rig);
    await first.streams.start();
    await until('all is committed', async () => (await rig.committed('counting', rig.topics.in, 0)) === 60, 30_000);
    await until(
      'the metrics say so',
      async () => (await first.scrape()).get(`points_streams_records_total{${task}}`) === 60,
      5_000,
    );
    const before = await first.scrape();
    const commits = before.get(`points_streams_commits_total{${task}}`) ?? 0;
    expect(commits).toBeGreaterThan(0);
    expect(before.get(`points_streams_commit_seconds_count{${topology}}`)).toBe(commits);
    expect(before.get(`points_streams_commit_seconds_sum{${topology}}`)).toBeGreaterThan(0);
    expect(before.get(`points_streams_lag_records{${task}}`)).toBe(0);
    expect(before.get(`points_streams_task_running{${task}}`)).toBe(1);
    expect(before.get(`points_streams_restored_records_total{${topology},store="counts"}`)).toBe(0);
    await first.streams.close();

    // Another folder: nothing is there, and everything comes from the changelog.
    const second = await instance(rig);
    await second.streams.start();
    await until('the task runs', () => second.streams.status().tasks[0]?.state === 'RUNNING', 30_000);
    const after = await second.scrape();
    expect(after.get(`points_streams_restored_records_total{${topology},store="counts"}`)).toBe(60);
    expect(after.get(`points_streams_restore_seconds_count{${topology},store="counts"}`)).toBe(1);
    expect(after.get(`points_streams_restore_seconds_sum{${topology},store="counts"}`)).toBeGreaterThan(0);
    expect(after.get(`points_streams_task_transitions_total{${topology},state="RESTORING"}`)).toBe(1);
    // Nothing is being restored any more.
    expect([...after.keys()].filter((name) => name.startsWith('points_streams_restore_remaining'))).toEqual([]);
    expect(after.get(`points_streams_records_total{${task}}`)).toBe(undefined);

    await rig.send(rig.topics.in, 0, [record('k0', 60)]);
    await until(
      'the next record is told of',
      async () => (await second.scrape()).get(`points_streams_records_total{${task}}`) === 1,
      20_000,
    );
  });
});
