import type { Clock } from '../../common/clock.ts';
import type { KafkaStreams, StoreSize, TaskStatus } from '../../streams/index.ts';
import { type CheckFound, CheckTimes } from './checks.ts';
import { describeParts } from './describe-parts.ts';
import type { InstanceStatus, TaskShown, TopologyStatus } from './instance-status.ts';
import { LastHour } from './last-hour.ts';
import { Rates } from './rates.ts';

/** Streams as they are looked at. */
export type ObservedStreams = Pick<KafkaStreams, 'topology' | 'groupId' | 'status' | 'storeSizes'>;

export interface ObserveInstanceParts {
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  /** Those that have been started. */
  readonly streams: () => readonly ObservedStreams[];
  /** As /ready tells them. */
  readonly checks: () => Promise<Readonly<Record<string, CheckFound>>>;
  /** Records that wait for a rate limit in this process, by merchant. */
  readonly deferred: () => Promise<ReadonlyMap<string, number>>;
}

/** Looking at sizes reads small stores through, so it is not done at every look. */
const sizesEveryMs = 10_000;
/** Of those that wait the ones with the most are told by name. */
const merchantsTold = 50;

const separator = ' ';
const round = (value: number): number => Math.round(value * 10) / 10;

/** Looks at this process, again and again; what it tells of one look depends on those before. */
export class InstanceObserver {
  readonly #parts: ObserveInstanceParts;
  readonly #startedAt: number;
  readonly #rates: Rates;
  readonly #deadLetters: LastHour;
  readonly #checkTimes = new CheckTimes();
  #sizes: { readonly at: number; readonly of: ReadonlyMap<string, readonly StoreSize[]> } | null = null;

  constructor(parts: ObserveInstanceParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#rates = new Rates(parts.clock);
    this.#deadLetters = new LastHour(parts.clock);
  }

  async look(): Promise<InstanceStatus> {
    const { id, roles, host, pid, clock, streams, checks, deferred } = this.#parts;
    const observed = streams();
    const found = await checks();
    const waiting = await deferred();
    const sizes = await this.#storeSizes(observed);
    const now = clock.now();
    const statuses = observed.map((each) => ({ each, status: each.status() }));
    const counters = new Map(
      statuses.flatMap(({ status }) => status.tasks.flatMap((task) => countersOf(status.topology, task))),
    );
    const perSecond = this.#rates.perSecond(counters);
    const letters = new Map([...counters].filter(([name]) => name.endsWith(`${separator}dead`)));
    return {
      ...{ id, roles: [...roles], host, pid, startedAt: this.#startedAt, at: now },
      checks: this.#checkTimes.shown(found, now),
      topologies: statuses.map(
        ({ each, status }): TopologyStatus => ({
          name: status.topology,
          groupId: each.groupId,
          state: status.state,
          error: status.error?.message ?? null,
          parts: describeParts(each.topology),
          deadLetterTopic: each.topology.deadLetterTopic,
          tasks: status.tasks.map((task) => shownTask(status.topology, task, perSecond)),
          stores: (sizes.get(status.topology) ?? []).map(({ subTopology: part, ...size }) => ({ ...size, part })),
        }),
      ),
      deferred: {
        records: [...waiting.values()].reduce((sum, each) => sum + each, 0),
        merchants: [...waiting].sort((a, b) => b[1] - a[1]).slice(0, merchantsTold),
      },
      deadLettersLastHour: this.#deadLetters.total(letters),
    };
  }

  async #storeSizes(streams: readonly ObservedStreams[]): Promise<ReadonlyMap<string, readonly StoreSize[]>> {
    const now = this.#parts.clock.now();
    const isFresh = this.#sizes !== null && Math.abs(now - this.#sizes.at) < sizesEveryMs;
    // Tasks come up one by one: until all stores are told, it is looked at each time.
    const told = [...(this.#sizes?.of.values() ?? [])].flat().length;
    if (this.#sizes !== null && isFresh && told > 0) return this.#sizes.of;
    const of = new Map<string, readonly StoreSize[]>();
    // A task that moves away meanwhile closes its stores: they are its new owner's to tell.
    for (const each of streams) of.set(each.topology.name, await each.storeSizes().catch(() => []));
    this.#sizes = { at: now, of };
    return of;
  }
}

const nameOf = (topology: string, task: string, way: string, topic: string): string =>
  [topology, task, way, topic].join(separator);

function countersOf(topology: string, { taskId, counts }: TaskStatus): readonly (readonly [string, number])[] {
  return [
    ...[...counts.read].map(([topic, count]) => [nameOf(topology, taskId, 'read', topic), count] as const),
    ...[...counts.written].map(([topic, count]) => [nameOf(topology, taskId, 'written', topic), count] as const),
    [nameOf(topology, taskId, 'failed', 'dead'), counts.deadLetters],
  ];
}

function shownTask(topology: string, task: TaskStatus, perSecond: ReadonlyMap<string, number>): TaskShown {
  const { taskId: id, state, queued, progressAt, lags, counts } = task;
  const rates = (way: 'read' | 'written'): Record<string, number> =>
    Object.fromEntries(
      [...counts[way].keys()].map((topic) => [topic, round(perSecond.get(nameOf(topology, id, way, topic)) ?? 0)]),
    );
  return {
    ...{ id, state, queued, progressAt },
    ...{ lags: Object.fromEntries(lags), read: rates('read'), written: rates('written') },
  };
}
