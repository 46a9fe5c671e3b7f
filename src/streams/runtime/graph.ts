import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import type { Logger } from '../../common/logger.ts';
import { TopologyError } from '../errors.ts';
import type { ProducedRecord, StreamRecord } from '../record.ts';
import { BatchView } from '../state/batch-view.ts';
import type { KeyValueStore, LocalState, StoreChange, StoreDefinition } from '../state/store.ts';
import { parentsOf, type ProcessorContext, type ProcessorNode, type SinkNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { failure, type RecordFailure } from './failures.ts';

type Records = readonly StreamRecord<unknown, unknown>[];
type Operator = OperatorFunction<StreamRecord<unknown, unknown>, StreamRecord<unknown, unknown>>;

/** What one pass over a micro-batch made. */
export interface PassResult {
  /** By topic, in the order the records were made. */
  readonly outputs: ReadonlyMap<string, readonly ProducedRecord[]>;
  readonly changes: readonly StoreChange[];
  /** Records that must be left out, and why; what else the pass made must then be thrown away. */
  readonly failures: readonly RecordFailure[];
}

/** A source record that has been read: its node and the decoded record. */
export interface DecodedRecord {
  readonly node: string;
  readonly record: StreamRecord<unknown, unknown>;
}

/**
 * A topology made ready for one task: its operators, and its stores over the task's local state.
 *
 * A pass goes node by node, parents first. Each processor gets its input as a finite Observable and its output is
 * gathered before the next node begins: a node with several children is computed once, and order is kept.
 */
export class Graph {
  readonly #topology: Topology;
  readonly #operators = new Map<string, Operator>();
  readonly #stores = new Map<string, BatchView<unknown>>();
  readonly #failures: RecordFailure[] = [];

  constructor(
    topology: Topology,
    task: { taskId: string; logger: Logger; streamTime: () => number },
    local: LocalState,
  ) {
    this.#topology = topology;
    for (const definition of topology.stores()) this.#stores.set(definition.name, new BatchView(definition, local));
    for (const node of topology.nodes) {
      if (node.kind === 'processor') this.#operators.set(node.name, this.#create(node, task));
    }
  }

  /** One pass over records; throws only what concerns the whole batch. Changes stay in the stores until `settle`. */
  async pass(records: readonly DecodedRecord[]): Promise<PassResult> {
    this.#failures.length = 0;
    for (const store of this.#stores.values()) store.rollback();

    const made = new Map<string, Records>();
    const outputs = new Map<string, ProducedRecord[]>();
    for (const node of this.#topology.nodes) {
      const input = parentsOf(node).flatMap((parent) => made.get(parent) ?? []);
      switch (node.kind) {
        case 'source':
          made.set(
            node.name,
            records.filter((decoded) => decoded.node === node.name).map(({ record }) => record),
          );
          break;
        case 'processor':
          made.set(node.name, await this.#run(node.name, input));
          break;
        case 'sink':
          outputs.set(node.topic, [...(outputs.get(node.topic) ?? []), ...this.#serialize(node, input)]);
          break;
      }
    }
    const failures = [...this.#failures];
    const changes = failures.length > 0 ? [] : [...this.#stores.values()].flatMap((store) => store.changes());
    return { outputs, changes, failures };
  }

  /** The batch has ended, well or not: nothing of it stays. */
  settle(): void {
    for (const store of this.#stores.values()) store.clear();
  }

  #create(node: ProcessorNode, task: { taskId: string; logger: Logger; streamTime: () => number }): Operator {
    const { stores: declared } = node.processor;
    const context: ProcessorContext = {
      taskId: task.taskId,
      logger: task.logger,
      streamTime: task.streamTime,
      store: <V>(definition: StoreDefinition<V>): KeyValueStore<V> => {
        const store = this.#stores.get(definition.name);
        if (store === undefined || !declared.some(({ name }) => name === definition.name)) {
          throw new TopologyError(this.#topology.name, [`${node.name} uses store ${definition.name} undeclared`]);
        }
        return store as unknown as KeyValueStore<V>;
      },
      fail: (record, error) => {
        this.#failures.push(failure('processing', node.name, record.source, error));
      },
    };
    return node.processor.create(context) as unknown as Operator;
  }

  async #run(node: string, input: Records): Promise<Records> {
    const operator = this.#operators.get(node);
    if (operator === undefined || input.length === 0) return [];
    return lastValueFrom(from(input).pipe(operator, toArray()));
  }

  #serialize(node: SinkNode, input: Records): ProducedRecord[] {
    return input.flatMap((record): ProducedRecord[] => {
      try {
        const key = record.key === null ? null : node.keySerde.serialize(record.key);
        const value = record.value === null ? null : node.valueSerde.serialize(record.value);
        return [{ key, value, timestamp: record.timestamp, headers: record.headers }];
      } catch (error) {
        this.#failures.push(failure('production', node.name, record.source, error));
        return [];
      }
    });
  }
}
