import type { GroupLag } from '../ports.ts';
import type { InstanceStatus } from '../status/instance-status.ts';
import { type Dependency, dependenciesOf, type DependencySeen } from './dependencies.ts';
import { partId, storeId, topicId, topologiesOf } from './graph.ts';
import { partRow, type PartRow } from './parts.ts';
import { type Problem, problemsOf } from './problems.ts';

/** What flows over an edge of the picture. */
export interface EdgeFlow {
  readonly perSecond: number;
  /** Null where nothing can be behind: what is written. */
  readonly lag: number | null;
}

export interface InstanceRow {
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number;
  /** When it last told of itself. */
  readonly at: number;
  readonly ok: boolean;
  readonly failing: readonly { readonly name: string; readonly reason: string | null }[];
  readonly tasks: number;
}

export interface LimitedMerchant {
  readonly merchantId: string;
  /** Null where it is not known. */
  readonly shopDomain: string | null;
  readonly waiting: number;
}

/** Everything the page shows of the whole, as of one moment. */
export interface Overview {
  readonly at: number;
  /** Id of the instance that answers. */
  readonly instance: string;
  readonly problems: readonly Problem[];
  readonly topologies: readonly { readonly name: string; readonly state: string; readonly error: string | null }[];
  readonly parts: readonly PartRow[];
  readonly edges: Readonly<Record<string, EdgeFlow>>;
  readonly instances: readonly InstanceRow[];
  readonly dependencies: readonly Dependency[];
  readonly deferred: { readonly records: number; readonly merchants: readonly LimitedMerchant[] };
  readonly deadLettersLastHour: number;
}

export interface OverviewParts {
  readonly now: number;
  readonly own: string;
  readonly instances: readonly InstanceStatus[];
  readonly boardFault: string | null;
  /** Null while Kafka does not answer. */
  readonly lags: readonly GroupLag[] | null;
  /** How this instance finds Kafka. */
  readonly kafka: DependencySeen;
  readonly shops: ReadonlyMap<string, string>;
  /** Stores that topologies write to, by the topology's name. */
  readonly stores: Readonly<Record<string, readonly string[]>>;
}

export function overviewOf(given: OverviewParts): Overview {
  const { now, own, instances, lags, boardFault, stores } = given;
  const declared = topologiesOf(instances);
  const topologies = declared.map(({ name }) => ({ name, ...stateOf(name, instances) }));
  const parts = declared.flatMap((each) => each.parts.map((_, index) => partRow(each, index, instances, lags)));
  const dependencies = withKafka(dependenciesOf(instances), given.kafka);
  const merchants = limitedMerchants(instances, given.shops);
  const records = instances.reduce((sum, { deferred }) => sum + deferred.records, 0);
  const deadLettersLastHour = instances.reduce((sum, each) => sum + each.deadLettersLastHour, 0);
  const deferred = { records, merchants: merchants.length };
  return {
    ...{ at: now, instance: own, topologies, parts, dependencies, deadLettersLastHour },
    problems: problemsOf({
      ...{ now, dependencies, parts, topologies, boardFault, deadLettersLastHour, deferred },
    }),
    edges: edgesOf(parts, stores),
    instances: instances.map(instanceRow).sort((a, b) => a.startedAt - b.startedAt),
    deferred: { records, merchants },
  };
}

/** The best of what instances say: one that starts does not make a topology that runs elsewhere look stopped. */
function stateOf(name: string, instances: readonly InstanceStatus[]): { state: string; error: string | null } {
  const said = instances.flatMap(({ topologies }) => topologies.filter((each) => each.name === name));
  const failed = said.find(({ state }) => state === 'ERROR');
  const shown = failed ?? said.find(({ state }) => state === 'RUNNING') ?? said[0];
  return { state: shown?.state ?? 'NOT_RUNNING', error: shown?.error ?? null };
}

function edgesOf(parts: readonly PartRow[], stores: OverviewParts['stores']): Record<string, EdgeFlow> {
  const edges: Record<string, EdgeFlow> = {};
  for (const part of parts) {
    for (const [topic, perSecond] of Object.entries(part.read)) {
      edges[`${topicId(topic)}>${part.id}`] = { perSecond, lag: part.lags[topic] ?? 0 };
    }
    for (const [topic, perSecond] of Object.entries(part.written)) {
      edges[`${part.id}>${topicId(topic)}`] = { perSecond, lag: null };
    }
    for (const store of stores[part.topology] ?? []) {
      const id = `${partId(part.topology, part.index)}>${storeId(store)}`;
      edges[id] = { perSecond: part.perSecond, lag: null };
    }
  }
  return edges;
}

function withKafka(dependencies: readonly Dependency[], own: DependencySeen): readonly Dependency[] {
  const others = dependencies.filter(({ name }) => name !== 'Kafka');
  const seen = dependencies.find(({ name }) => name === 'Kafka')?.seen ?? [];
  const elsewhere = seen.filter(({ instance, ok }) => instance !== own.instance || !ok);
  const isTold = elsewhere.some(({ instance }) => instance === own.instance);
  return [{ name: 'Kafka', seen: isTold ? elsewhere : [...elsewhere, own] }, ...others];
}

function instanceRow({ id, roles, host, pid, startedAt, at, checks, topologies }: InstanceStatus): InstanceRow {
  const failing = checks.filter(({ ok }) => !ok).map(({ name, reason }) => ({ name, reason }));
  const ok = checks.every((check) => check.ok || check.optional);
  const tasks = topologies.reduce((sum, each) => sum + each.tasks.length, 0);
  return { ...{ id, roles, host, pid, startedAt, at, ok, failing, tasks } };
}

function limitedMerchants(
  instances: readonly InstanceStatus[],
  shops: ReadonlyMap<string, string>,
): readonly LimitedMerchant[] {
  const waiting = new Map<string, number>();
  for (const { deferred } of instances) {
    for (const [merchantId, records] of deferred.merchants) {
      waiting.set(merchantId, (waiting.get(merchantId) ?? 0) + records);
    }
  }
  return [...waiting]
    .map(([merchantId, records]) => ({ merchantId, shopDomain: shops.get(merchantId) ?? null, waiting: records }))
    .sort((a, b) => b.waiting - a.waiting);
}
