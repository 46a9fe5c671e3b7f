import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How far tasks are with bringing their stores up. */
export interface RestoreMetrics {
  readonly progress: (topology: string, task: string, store: string, position: number, end: number) => void;
  readonly restored: (topology: string, task: string, store: string, records: number, seconds: number) => void;
  /** The task restores nothing at present: it has no remainder, not even 0, until it does again. */
  readonly over: (topology: string, task: string) => void;
}

const labelNames = ['topology', 'task', 'store'] as const;

/** Stores that are being restored, with what is left of their changelogs. */
export function createRestoreMetrics(registry: Registry): RestoreMetrics {
  const registers = [registry];
  const remaining = new Gauge({
    ...{ name: 'points_streams_restore_remaining_records', help: 'Offsets of the changelog that are still to be read' },
    ...{ labelNames, registers },
  });
  const end = new Gauge({
    ...{ name: 'points_streams_restore_end_offset', help: 'Offset of the changelog that restoring has to reach' },
    ...{ labelNames, registers },
  });
  const records = new Counter({
    ...{ name: 'points_streams_restored_records_total', help: 'Records restored from changelogs' },
    ...{ labelNames: ['topology', 'store'], registers },
  });
  const seconds = new Histogram({
    ...{ name: 'points_streams_restore_seconds', help: 'Time to bring a store to the end of its changelog' },
    ...{ labelNames: ['topology', 'store'], buckets: [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300], registers },
  });
  /** By topology and task. */
  const restoring = new Map<string, Set<string>>();
  const idOf = (topology: string, task: string): string => `${topology} ${task}`;

  return {
    progress(topology, task, store, position, endOffset) {
      const stores = restoring.get(idOf(topology, task)) ?? new Set();
      restoring.set(idOf(topology, task), stores.add(store));
      remaining.set({ topology, task, store }, Math.max(0, endOffset - position));
      end.set({ topology, task, store }, endOffset);
    },
    restored(topology, task, store, count, took) {
      records.inc({ topology, store }, count);
      seconds.observe({ topology, store }, took);
      if (restoring.get(idOf(topology, task))?.has(store)) remaining.set({ topology, task, store }, 0);
    },
    over(topology, task) {
      for (const store of restoring.get(idOf(topology, task)) ?? []) {
        remaining.remove({ topology, task, store });
        end.remove({ topology, task, store });
      }
      restoring.delete(idOf(topology, task));
    },
  };
}
