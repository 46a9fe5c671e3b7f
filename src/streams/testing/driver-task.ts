import { silentLogger } from '../../common/logger.ts';
import type { ConsumedRecord, ProducedRecord } from '../record.ts';
import { BatchProcessor } from '../runtime/batch-processor.ts';
import type { ExceptionHandlers } from '../runtime/failures.ts';
import { Graph } from '../runtime/graph.ts';
import { noOutputTopics, SinkWriter } from '../runtime/sink-writer.ts';
import type { LocalState, ReadonlyStore, StoreDefinition } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';

export interface DriverTaskParts {
  readonly subTopology: number;
  readonly topology: Topology;
  readonly state: LocalState;
  readonly handlers: ExceptionHandlers;
  readonly isLastAttempt: boolean;
  readonly maxRecordBytes: number;
  readonly globalStore: (definition: StoreDefinition) => ReadonlyStore<unknown>;
  /** The driver's wall clock. */
  readonly now: () => number;
}

/** One sub-topology in the driver, as its only task: the same graph, stores and failure handling as at a broker. */
export class DriverTask {
  readonly topology: Topology;
  readonly state: LocalState;
  readonly #parts: DriverTaskParts;
  #graph: Graph;
  #processor: BatchProcessor;
  #streamTime = 0;

  constructor(parts: DriverTaskParts) {
    this.topology = parts.topology;
    this.state = parts.state;
    this.#parts = parts;
    this.#graph = this.#makeGraph();
    this.#processor = new BatchProcessor(parts.topology, this.#graph, parts.handlers, silentLogger);
  }

  /** Operators begin anew on the same stores, as where a task was closed and is opened again. */
  restart(): void {
    this.#graph.close();
    this.#graph = this.#makeGraph();
    this.#processor = new BatchProcessor(this.topology, this.#graph, this.#parts.handlers, silentLogger);
  }

  isPunctuationDue(): boolean {
    return this.#graph.isPunctuationDue({ streamTime: this.#streamTime, wallClock: this.#parts.now() });
  }

  /** One micro-batch, committed. Rejects where the streams would stop, with nothing committed. */
  async process(records: readonly ConsumedRecord[]): Promise<ReadonlyMap<string, readonly ProducedRecord[]>> {
    const { isLastAttempt, now } = this.#parts;
    const batch = { records, streamTime: this.#streamTime, wallClock: now() };
    const processed = await this.#processor.process(batch, { number: 1, isLast: isLastAttempt });
    await this.state.apply(processed.changes, new Map(), processed.streamTime);
    this.#streamTime = processed.streamTime;
    this.#graph.committed();
    return processed.outputs;
  }

  close(): void {
    this.#graph.close();
  }

  #makeGraph(): Graph {
    const { topology, state, globalStore, subTopology, maxRecordBytes, now } = this.#parts;
    const taskId = `${String(subTopology)}_0`;
    return new Graph({
      ...{ topology, taskId, partition: 0, logger: silentLogger, local: state, globalStore },
      writer: new SinkWriter(noOutputTopics, 0, maxRecordBytes),
      time: { streamTime: this.#streamTime, streamTimeBefore: this.#streamTime, wallClock: now() },
    });
  }
}
