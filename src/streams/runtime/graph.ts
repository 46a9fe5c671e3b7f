import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import type { Logger } from '../../common/logger.ts';
import type { ConsumedRecord, NewRecord, ProducedRecord, StreamRecord } from '../record.ts';
import { BatchView } from '../state/batch-view.ts';
import type { LocalState, ReadonlyStore, StoreChange, StoreDefinition } from '../state/store.ts';
import { parentsOf, type ProcessorNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { failure, type RecordFailure } from './failures.ts';
import { type BatchTime, OperatorContext } from './operator-context.ts';
import { Punctuations, type TaskTime } from './punctuations.ts';
import { recordOrder } from './record-order.ts';
import { type Runs, runsOf } from './runs.ts';
import type { SinkWriter } from './sink-writer.ts';

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

/** What a pass is made over. */
export interface Pass {
  readonly records: readonly DecodedRecord[];
  /** Whether the punctuators that are due are called. */
  readonly punctuate: boolean;
  /** Of what punctuators make, this is left out: `sourceId` of records that have failed. */
  readonly excluded: ReadonlySet<string>;
}

/** A record that a punctuator made, or failed. */
export interface PunctuatedRecord {
  /** Its `sourceId`. */
  readonly id: string;
  /** Whose punctuator it was. */
  readonly node: string;
  readonly source: ConsumedRecord;
}

/** Tells records apart by where they come from, in this pass and the next. */
export const sourceId = ({ topic, partition, offset }: ConsumedRecord): string =>
  `${topic}/${String(partition)}/${String(offset)}`;

export interface GraphParts {
  /** A sub-topology: what one task runs. */
  readonly topology: Topology;
  readonly taskId: string;
  readonly partition: number;
  readonly logger: Logger;
  readonly local: LocalState;
  readonly writer: SinkWriter;
  readonly globalStore: (definition: StoreDefinition) => ReadonlyStore<unknown>;
  /** As it is when the task begins. */
  readonly time: BatchTime;
}

/**
 * A topology made ready for one task: its operators, and its stores over the task's local state.
 *
 * A pass goes node by node, parents first. Each processor gets its input as a finite Observable and its output is
 * gathered before the next node begins: a node with several children is computed once, and order is kept.
 */
export class Graph {
  readonly #parts: GraphParts;
  readonly #operators = new Map<string, Operator>();
  readonly #contexts: OperatorContext[] = [];
  readonly #stores = new Map<string, BatchView<unknown>>();
  readonly #failures: RecordFailure[] = [];
  readonly #punctuations = new Punctuations();
  readonly #runs: Runs;
  /** What the punctuators made in the last pass, left out or not. */
  readonly #punctuated = new Map<string, PunctuatedRecord>();
  #isPunctuating = false;
  #excluded: ReadonlySet<string> = new Set();
  #time: BatchTime;

  constructor(parts: GraphParts) {
    this.#parts = parts;
    this.#time = parts.time;
    const { topology, local } = parts;
    this.#runs = runsOf(topology);
    for (const definition of topology.stores()) this.#stores.set(definition.name, new BatchView(definition, local));
    for (const node of topology.nodes) {
      if (node.kind === 'processor') this.#operators.set(node.name, this.#create(node));
    }
  }

  /** Before the first pass over a micro-batch. */
  begin(time: BatchTime): void {
    this.#time = time;
  }

  get writer(): SinkWriter {
    return this.#parts.writer;
  }

  isPunctuationDue(time: TaskTime): boolean {
    return this.#punctuations.isDue(time);
  }

  /** Wall clock time of the next punctuation; null where none is scheduled on it. */
  nextPunctuation(): number | null {
    return this.#punctuations.nextWallClock();
  }

  /** What the punctuators made in the last pass, node by node. */
  punctuated(): readonly PunctuatedRecord[] {
    return [...this.#punctuated.values()];
  }

  /** One pass over records; throws only what concerns the whole batch. Changes stay in the stores until `settle`. */
  async pass(pass: Pass): Promise<PassResult> {
    this.#failures.length = 0;
    this.#punctuated.clear();
    this.#isPunctuating = false;
    this.#excluded = pass.excluded;
    for (const store of this.#stores.values()) store.rollback();
    for (const context of this.#contexts) context.beginPass();

    const outputs = new Map<string, ProducedRecord[]>();
    const runs = this.#runs.of(pass.records);
    for (const [index, run] of runs.entries()) {
      await this.#runNodes(run, pass, index === runs.length - 1, outputs);
    }
    const failures = [...this.#failures];
    const changes = failures.length > 0 ? [] : [...this.#stores.values()].flatMap((store) => store.changes());
    return { outputs, changes, failures };
  }

  /**
   * Loads what a pass read from the stores without loading it, where that could not be done at once.
   * @returns whether there was anything: the pass is then to be made again
   */
  async loadMissing(): Promise<boolean> {
    const loaded = await Promise.all([...this.#stores.values()].map((store) => store.loadMissing()));
    return loaded.includes(true);
  }

  /** The batch has ended, well or not: nothing of it stays. */
  settle(outcome: { readonly isPunctuated: boolean }): void {
    if (outcome.isPunctuated) this.#punctuations.done(this.#time);
    for (const store of this.#stores.values()) store.clear();
    for (const context of this.#contexts) context.settle();
  }

  /** What the last pass made is committed, and applied to the stores. */
  committed(): void {
    for (const context of this.#contexts) context.committed();
  }

  /** The task lets go of its operators. */
  close(): void {
    for (const context of this.#contexts) context.close();
  }

  async #runNodes(
    records: readonly DecodedRecord[],
    { punctuate, excluded }: Pass,
    isLastRun: boolean,
    outputs: Map<string, ProducedRecord[]>,
  ): Promise<void> {
    const made = new Map<string, Records>();
    const inOrder = recordOrder(records);
    for (const node of this.#parts.topology.nodes) {
      const input = inOrder(parentsOf(node).map((parent) => made.get(parent) ?? []));
      switch (node.kind) {
        case 'source':
          made.set(
            node.name,
            records.filter((decoded) => decoded.node === node.name).map(({ record }) => record),
          );
          break;
        case 'processor': {
          const output = await this.#run(node.name, input);
          const punctuated = punctuate && isLastRun ? await this.#punctuate(node.name, excluded) : [];
          made.set(node.name, punctuated.length === 0 ? output : [...output, ...punctuated]);
          break;
        }
        case 'sink': {
          if (input.length === 0) break;
          const sent = outputs.get(node.topic) ?? [];
          outputs.set(node.topic, sent);
          for (const record of input) {
            try {
              sent.push(this.#parts.writer.write(node, record));
            } catch (error) {
              this.#failures.push(failure('production', node.name, record.source, error));
            }
          }
          break;
        }
        case 'global':
          break;
      }
    }
  }

  #create(node: ProcessorNode): Operator {
    const { topology, globalStore, taskId, partition, logger } = this.#parts;
    const context = new OperatorContext({
      ...{ topology: topology.name, node, taskId, partition, logger, globalStore },
      stores: this.#stores,
      time: () => this.#time,
      onFailure: (source, error) => {
        this.#onFailure(node.name, source, error);
      },
      isLeftOut: (source) => this.#excluded.has(sourceId(source)),
      schedule: (intervalMs, type, punctuator) =>
        this.#punctuations.schedule(node.name, intervalMs, type, punctuator, this.#time),
    });
    this.#contexts.push(context);
    return node.processor.create(context) as unknown as Operator;
  }

  async #run(node: string, input: Records): Promise<Records> {
    const operator = this.#operators.get(node);
    if (operator === undefined || input.length === 0) return [];
    return lastValueFrom(from(input).pipe(operator, toArray()));
  }

  async #punctuate(node: string, excluded: ReadonlySet<string>): Promise<Records> {
    this.#isPunctuating = true;
    const made = await this.#punctuations.punctuate(node, this.#time);
    this.#isPunctuating = false;
    const records = made.map((record, index) => this.#withSource(record, node, index));
    for (const { source } of records) this.#addPunctuated(node, source);
    return records.filter(({ source }) => !excluded.has(sourceId(source)));
  }

  #onFailure(node: string, source: ConsumedRecord, error: unknown): void {
    const id = sourceId(source);
    if (this.#excluded.has(id)) return;
    // A punctuator does not return what it fails, and yet it is what it would have made.
    if (this.#isPunctuating) this.#addPunctuated(node, source);
    this.#failures.push(failure('processing', node, source, error));
  }

  #addPunctuated(node: string, source: ConsumedRecord): void {
    const id = sourceId(source);
    this.#punctuated.set(id, { id, node, source });
  }

  #withSource(record: NewRecord<unknown, unknown>, node: string, index: number): StreamRecord<unknown, unknown> {
    const { key, value, timestamp, headers = {} } = record;
    const { partition } = this.#parts;
    const standIn = { topic: node, partition, offset: index, key: null, value: null, timestamp, headers };
    return { key, value, timestamp, headers, source: record.source ?? standIn };
  }
}
