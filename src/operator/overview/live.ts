import type { Clock } from '../../common/clock.ts';
import { toError } from '../../common/errors.ts';
import type { Accounts, GroupLag, GroupLags } from '../ports.ts';
import type { SeenInstances } from '../status/publisher.ts';
import type { DependencySeen } from './dependencies.ts';
import { innerGraph, type Surroundings, topicsRead, topologiesOf, wholeGraph } from './graph.ts';
import { type Direction, type PlacedGraph, placeGraph } from './layout.ts';
import { type Overview, overviewOf } from './overview.ts';
import { ShopNames } from './shop-names.ts';

export interface LiveViewParts {
  readonly own: string;
  readonly seen: () => Promise<SeenInstances>;
  readonly lags: GroupLags;
  readonly shopsOf: Accounts['shopsOf'];
  readonly surroundings: Surroundings;
  readonly clock: Clock;
}

/** However many look, the servers are asked once in so long. */
const freshMs = 900;
const layouts = 40;

/** The whole as it is now, for however many look at it. */
export class LiveView {
  readonly #parts: LiveViewParts;
  #asked: { readonly at: number; readonly overview: Promise<Overview> } | null = null;
  readonly #shops: ShopNames;
  #kafka: DependencySeen;
  readonly #placed = new Map<string, PlacedGraph>();

  constructor(parts: LiveViewParts) {
    this.#parts = parts;
    this.#shops = new ShopNames(parts.shopsOf);
    this.#kafka = { instance: parts.own, ok: true, reason: null, since: parts.clock.now(), optional: false, facts: {} };
  }

  overview(): Promise<Overview> {
    const now = this.#parts.clock.now();
    if (this.#asked === null || Math.abs(now - this.#asked.at) >= freshMs) {
      this.#asked = { at: now, overview: this.#make() };
      this.#asked.overview.catch(() => (this.#asked = null));
    }
    return this.#asked.overview;
  }

  /** @param topology its inner graph; the whole where it is null. Undefined where no instance has it */
  async graph(topology: string | null, direction: Direction): Promise<PlacedGraph | undefined> {
    const { instances } = await this.#parts.seen();
    const topologies = topologiesOf(instances);
    const one = topologies.find(({ name }) => name === topology);
    if (topology !== null && one === undefined) return undefined;
    const graph = one === undefined ? wholeGraph(topologies, this.#parts.surroundings) : innerGraph(one);
    const key = `${direction} ${JSON.stringify(graph)}`;
    const known = this.#placed.get(key);
    if (known !== undefined) return known;
    // Versions come and go: those of before are not kept for ever.
    if (this.#placed.size >= layouts) this.#placed.clear();
    const placed = placeGraph(graph, direction, one === undefined);
    this.#placed.set(key, placed);
    return placed;
  }

  async #make(): Promise<Overview> {
    const { own, seen, clock, surroundings } = this.#parts;
    const { instances, fault } = await seen();
    const groups = topologiesOf(instances).map(({ groupId, parts }) => ({
      groupId,
      topics: [...new Set(parts.flatMap(topicsRead))],
    }));
    const limited = instances.flatMap(({ deferred }) => deferred.merchants.map(([merchantId]) => merchantId));
    const lags = await this.#lags(groups);
    const shops = this.#shops.of(limited);
    return overviewOf({
      ...{ now: clock.now(), own, instances, boardFault: fault, lags, shops },
      ...{ kafka: this.#kafka, stores: surroundings.stores },
    });
  }

  async #lags(groups: Parameters<GroupLags['of']>[0]): Promise<readonly GroupLag[] | null> {
    try {
      const lags = await this.#parts.lags.of(groups);
      this.#found(true, null);
      return lags;
    } catch (error) {
      this.#found(false, toError(error).message);
      return null;
    }
  }

  #found(ok: boolean, reason: string | null): void {
    const since = this.#kafka.ok === ok ? this.#kafka.since : this.#parts.clock.now();
    this.#kafka = { ...this.#kafka, ok, reason, since };
  }
}
