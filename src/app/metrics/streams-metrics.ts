import { Counter, Histogram, type Registry } from 'prom-client';
import { errorCode } from '../../common/errors.ts';
import type { KafkaStreams, StreamsListener } from '../../streams/index.ts';
import { createRestoreMetrics } from './restore-metrics.ts';
import { observeTasks } from './task-gauges.ts';

/** The engine's own metrics, labelled by topology and task; Kafka Streams' users look for the same. */
export interface StreamsMetrics {
  readonly listener: StreamsListener;
  readonly duplicates: Counter;
  /** Lets the dead letters of a topology be counted from 0, so that the first is seen as an increase. */
  expect(topology: string): void;
  /** Shows these streams and their tasks, as they are then, whenever the metrics are asked for. Call it once. */
  observe(streams: () => readonly Pick<KafkaStreams, 'status'>[]): void;
}

const stages = ['deserialization', 'processing', 'production'] as const;

export function createStreamsMetrics(registry: Registry): StreamsMetrics {
  const registers = [registry];
  const records = new Counter({
    ...{ name: 'points_streams_records_total', help: 'Records processed and committed' },
    ...{ labelNames: ['topology', 'task'], registers },
  });
  const taskCommits = new Counter({
    ...{ name: 'points_streams_commits_total', help: 'Micro-batches committed' },
    ...{ labelNames: ['topology', 'task'], registers },
  });
  const commits = new Histogram({
    ...{ name: 'points_streams_commit_seconds', help: 'Time from taking up a micro-batch to its commit' },
    ...{ labelNames: ['topology'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], registers },
  });
  const deadLetters = new Counter({
    ...{ name: 'points_streams_dead_letters_total', help: 'Records that were not processed, by stage and code' },
    ...{ labelNames: ['topology', 'stage', 'code'], registers },
  });
  const deadLetterSum = new Counter({
    // Codes come without an end that is known, and the first of a new one is no increase: this one is there from the start.
    ...{ name: 'points_dead_letters_total', help: 'Records that were not processed, whatever the code' },
    ...{ labelNames: ['topology', 'stage'], registers },
  });
  const retries = new Counter({
    ...{ name: 'points_streams_retries_total', help: 'Batches tried again, by what was wrong' },
    ...{ labelNames: ['topology', 'code'], registers },
  });
  const transitions = new Counter({
    // Shows what came and went between two looks, as a task that was fenced and taken up again.
    ...{ name: 'points_streams_task_transitions_total', help: 'Times that tasks entered a state' },
    ...{ labelNames: ['topology', 'state'], registers },
  });
  const duplicates = new Counter({
    ...{ name: 'points_duplicates_total', help: 'Events dropped because they were applied before' },
    registers,
  });
  const restore = createRestoreMetrics(registry);
  return {
    duplicates,
    expect(topology) {
      for (const stage of stages) deadLetterSum.inc({ topology, stage }, 0);
    },
    listener: {
      onCommit(topology, task, count, seconds) {
        records.inc({ topology, task }, count);
        taskCommits.inc({ topology, task });
        commits.observe({ topology }, seconds);
      },
      onFailure(topology, { stage, error }) {
        deadLetters.inc({ topology, stage, code: errorCode(error) });
        deadLetterSum.inc({ topology, stage });
      },
      onRetry(topology, _task, error) {
        retries.inc({ topology, code: errorCode(error) });
      },
      onTaskState(topology, task, state) {
        transitions.inc({ topology, state });
        // Whatever became of the restoring, it is over: done, given up, or the task has left.
        if (state !== 'RESTORING') restore.over(topology, task);
      },
      onRestoreProgress: restore.progress,
      onRestored: restore.restored,
    },
    observe(streams) {
      observeTasks(registry, streams);
    },
  };
}
