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
  readonly #graph: Graph;
  readonly #processor: BatchProcessor;
  #streamTime = 0;

  constructor(parts: DriverTaskParts) {
    const { topology, state, handlers, globalStore, subTopology, maxRecordBytes } = parts;
    this.topology = topology;
    this.state = state;
    this.#parts = parts;
    this.#graph = new Graph({
      ...{
        topology,
        taskId: `${String(subTopology)}_0`,
        partition: 0,
        logger: silentLogger,
        local: state,
        globalStore,
      },
      writer: new SinkWriter(noOutputTopics, 0, maxRecordBytes),
      time: { streamTime: 0, streamTimeBefore: 0, wallClock: parts.now() },
    });
    this.#processor = new BatchProcessor(topology, this.#graph, handlers, silentLogger);
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
}
