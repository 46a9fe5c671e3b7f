import { Gauge, type Registry } from 'prom-client';
import type { KafkaStreams, StreamsStatus } from '../../streams/index.ts';

type Sample<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number];

const seconds = (milliseconds: number): number => milliseconds / 1_000;

/**
 * Gauges that ask the streams whenever they are asked themselves, so that a task that has left is not shown any more. A
 * state is a series with the value 1, as is usual; times are since the epoch, so that `time() - …` says how long ago.
 */
export function observeTasks(registry: Registry, streams: () => readonly Pick<KafkaStreams, 'status'>[]): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    samples: (status: StreamsStatus) => readonly Sample<Label>[],
  ) =>
    new Gauge<Label>({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset();
        for (const [labels, value] of streams().flatMap((each) => samples(each.status()))) this.set(labels, value);
      },
    });
  const perStreams = (name: string, help: string, read: (status: StreamsStatus) => number) =>
    gauge(name, help, ['topology'], (status) => [[{ topology: status.topology }, read(status)]]);
  const perTask = (name: string, help: string, read: (task: StreamsStatus['tasks'][number]) => number) =>
    gauge(name, help, ['topology', 'task'], ({ topology, tasks }) =>
      tasks.map((task) => [{ topology, task: task.taskId }, read(task)]),
    );

  gauge('points_streams_state', '1 for the state the streams are in', ['topology', 'state'], ({ topology, state }) => [
    [{ topology, state }, 1],
  ]);
  gauge(
    'points_streams_task_state',
    '1 for the state the task is in',
    ['topology', 'task', 'state'],
    ({ topology, tasks }) => tasks.map(({ taskId: task, state }) => [{ topology, task, state }, 1]),
  );
  perStreams('points_streams_tasks', 'Tasks this instance has', ({ tasks }) => tasks.length);
  perStreams('points_streams_alive_timestamp_seconds', 'When the group or a fetch last answered', ({ aliveAt }) =>
    seconds(aliveAt),
  );
  const perGlobalTable = (name: string, help: string, read: (table: StreamsStatus['globalTables'][number]) => number) =>
    gauge(name, help, ['topology', 'store'], ({ topology, globalTables }) =>
      globalTables.map((table) => [{ topology, store: table.store }, read(table)]),
    );
  perGlobalTable('points_streams_global_table_position', 'Offsets read of all partitions', ({ position }) => position);
  perGlobalTable('points_streams_global_table_lag_records', 'Records still to be read', ({ lag }) => lag);
  perTask('points_streams_lag_records', 'Records between the committed offset and the end', ({ lag }) => lag);
  perTask('points_streams_queued_records', 'Records fetched and not processed', ({ queued }) => queued);
  perTask('points_streams_task_running', '1 while the task runs', ({ state }) => (state === 'RUNNING' ? 1 : 0));
  perTask(
    'points_streams_task_progress_timestamp_seconds',
    'When the task last committed, restored something, or had nothing to do',
    ({ progressAt }) => seconds(progressAt),
  );
}
