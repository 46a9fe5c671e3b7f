import { silentLogger } from '../../common/logger.ts';
import { StreamsStateError } from '../errors.ts';
import { storedValues } from '../query/stored-values.ts';
import type { ConsumedRecord } from '../record.ts';
import type { ExceptionHandler } from '../runtime/failures.ts';
import { globalChanges } from '../runtime/global-records.ts';
import { MemoryState } from '../state/memory-state.ts';
import type { LocalState, ReadonlyStore, StoreDefinition } from '../state/store.ts';
import type { GlobalTableNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';

/** The global tables of the driver: what is piped into their topics is in them at once. */
export class DriverGlobals {
  readonly #nodes: readonly GlobalTableNode[];
  readonly #handler: ExceptionHandler;
  readonly #state = new MemoryState();

  constructor(topology: Topology, handler: ExceptionHandler) {
    this.#nodes = topology.globalTables();
    this.#handler = handler;
  }

  reads(topic: string): boolean {
    return this.#nodes.some((node) => node.topic === topic);
  }

  /** Rejects where the streams would stop, with nothing applied. */
  async take(records: readonly ConsumedRecord[]): Promise<void> {
    for (const node of this.#nodes) {
      const mine = records.filter(({ topic }) => topic === node.topic);
      const parts = { node, handler: this.#handler, logger: silentLogger, onFailure: () => undefined };
      await this.#state.apply(await globalChanges(parts, mine), new Map(), 0);
    }
  }

  definition(store: string): StoreDefinition | undefined {
    return this.#nodes.find((node) => node.store.name === store)?.store;
  }

  /** Where the stores of all of them are. */
  get state(): LocalState {
    return this.#state;
  }

  store({ name }: StoreDefinition): ReadonlyStore<unknown> {
    const definition = this.definition(name);
    if (definition === undefined) throw new StreamsStateError(`There is no global store ${name}`);
    return storedValues(definition, this.#state);
  }
}
