import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { errorCode } from '../common/errors.ts';
import type { KafkaStreams, StreamsListener } from '../streams/index.ts';

/** The engine's own metrics, labelled by topology; Kafka Streams' users look for the same. */
export interface StreamsMetrics {
  readonly listener: StreamsListener;
  readonly duplicates: Counter;
  /** Shows the tasks of these streams whenever the metrics are asked for. */
  observe(streams: () => readonly KafkaStreams[]): void;
}

const taskLabels = ['topology', 'task'] as const;

export function createStreamsMetrics(registry: Registry): StreamsMetrics {
  const registers = [registry];
  const records = new Counter({
    ...{ name: 'points_streams_records_total', help: 'Records processed and committed' },
    ...{ labelNames: ['topology'], registers },
  });
  const commits = new Histogram({
    ...{ name: 'points_streams_commit_seconds', help: 'Time from taking up a micro-batch to its commit' },
    ...{ labelNames: ['topology'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], registers },
  });
  const deadLetters = new Counter({
    ...{ name: 'points_streams_dead_letters_total', help: 'Records that were not processed, by stage and code' },
    ...{ labelNames: ['topology', 'stage', 'code'], registers },
  });
  const retries = new Counter({
    ...{ name: 'points_streams_retries_total', help: 'Batches tried again, by what was wrong' },
    ...{ labelNames: ['topology', 'code'], registers },
  });
  const restored = new Counter({
    ...{ name: 'points_streams_restored_records_total', help: 'Records restored from changelogs' },
    ...{ labelNames: ['topology', 'store'], registers },
  });
  const duplicates = new Counter({
    ...{ name: 'points_duplicates_total', help: 'Events dropped because they were applied before' },
    registers,
  });
  return {
    duplicates,
    listener: {
      onCommit(topology, _taskId, count, seconds) {
        records.inc({ topology }, count);
        commits.observe({ topology }, seconds);
      },
      onFailure(topology, { stage, error }) {
        deadLetters.inc({ topology, stage, code: errorCode(error) });
      },
      onRetry(topology, _taskId, error) {
        retries.inc({ topology, code: errorCode(error) });
      },
      onRestored(topology, _taskId, store, count) {
        restored.inc({ topology, store }, count);
      },
    },
    observe(streams) {
      const gauge = (
        name: string,
        help: string,
        read: (task: { lag: number; queued: number; state: string }) => number,
      ) =>
        new Gauge({
          ...{ name, help, labelNames: taskLabels, registers },
          collect() {
            this.reset();
            for (const { topology, tasks } of streams().map((each) => each.status())) {
              for (const task of tasks) this.set({ topology, task: task.taskId }, read(task));
            }
          },
        });
      gauge('points_streams_lag_records', 'Records between the committed offset and the end', ({ lag }) => lag);
      gauge('points_streams_queued_records', 'Records fetched and not processed', ({ queued }) => queued);
      gauge('points_streams_task_running', '1 while the task runs', ({ state }) => (state === 'RUNNING' ? 1 : 0));
    },
  };
}
