import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { DeserializationError, RecordRefusedError, StateStoreError, StreamsStateError } from '../errors.ts';
import type { ConsumedRecord, ProducedRecord } from '../record.ts';
import type { StoreChange } from '../state/store.ts';
import type { SourceNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { deadLetterOf, type ExceptionHandlers, failure, type RecordFailure } from './failures.ts';
import type { DecodedRecord, Graph, PassResult } from './graph.ts';

/** What a micro-batch makes visible when it commits. */
export interface ProcessedBatch {
  readonly outputs: ReadonlyMap<string, readonly ProducedRecord[]>;
  readonly changes: readonly StoreChange[];
  readonly failures: readonly RecordFailure[];
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Whether what could still succeed later is now given up and handed to the exception handlers. */
  readonly isLast: boolean;
}

/**
 * Takes a micro-batch through the graph so that a bad record costs itself and nothing else: a pass finds the records
 * that fail, and is run again without them, so that nothing they did (a dedupe mark, say) remains.
 */
export class BatchProcessor {
  readonly #topology: Topology;
  readonly #graph: Graph;
  readonly #handlers: ExceptionHandlers;
  readonly #logger: Logger;
  readonly #sources: ReadonlyMap<string, SourceNode>;

  constructor(topology: Topology, graph: Graph, handlers: ExceptionHandlers, logger: Logger) {
    this.#topology = topology;
    this.#graph = graph;
    this.#handlers = handlers;
    this.#logger = logger;
    this.#sources = new Map(topology.sources().flatMap((node) => node.topics.map((topic) => [topic, node] as const)));
  }

  /**
   * @throws the error of a record or of the batch that may succeed later, unless this is the last attempt
   * @throws RecordRefusedError where an exception handler answered FAIL
   * @throws StateStoreError where no record is to blame
   */
  async process(records: readonly ConsumedRecord[], attempt: Attempt): Promise<ProcessedBatch> {
    try {
      const { decoded, unreadable } = await this.#decode(records);
      const failures: RecordFailure[] = [];
      this.#judge(unreadable, attempt, failures);
      let left = decoded;
      for (;;) {
        const result = await this.#pass(left, attempt);
        if (result.failures.length === 0) {
          return { outputs: this.#withDeadLetters(result, failures, attempt), changes: result.changes, failures };
        }
        this.#judge(result.failures, attempt, failures);
        const failed = new Set(result.failures.map(({ source }) => source));
        const others = left.filter(({ record }) => !failed.has(record.source));
        if (others.length === left.length) {
          throw new StreamsStateError('A record was failed that is not of this batch', {
            facts: { node: result.failures[0]?.node },
            cause: result.failures[0]?.error,
          });
        }
        left = others;
      }
    } finally {
      this.#graph.settle();
    }
  }

  async #decode(
    records: readonly ConsumedRecord[],
  ): Promise<{ decoded: DecodedRecord[]; unreadable: RecordFailure[] }> {
    for (const node of new Set(this.#sources.values())) {
      const mine = records.filter(({ topic }) => node.topics.includes(topic));
      await node.valueSerde.prepare?.(mine.map(({ value }) => value));
    }
    const decoded: DecodedRecord[] = [];
    const unreadable: RecordFailure[] = [];
    for (const source of records) {
      const node = this.#sources.get(source.topic);
      if (node === undefined) continue;
      try {
        if (source.value === null) throw new DeserializationError('The record has no value');
        const key = source.key === null ? null : node.keySerde.deserialize(source.key);
        const value = node.valueSerde.deserialize(source.value);
        const { timestamp, headers } = source;
        decoded.push({ node: node.name, record: { key, value, timestamp, headers, source } });
      } catch (error) {
        unreadable.push(failure('deserialization', node.name, source, error));
      }
    }
    return { decoded, unreadable };
  }

  /** Records each failure once, or throws where the batch must be tried again or the streams must stop. */
  #judge(found: readonly RecordFailure[], attempt: Attempt, failures: RecordFailure[]): void {
    const known = new Set(failures.map(({ source }) => source));
    for (const each of found) {
      if (isRetryable(each.error) && !attempt.isLast) throw each.error;
      if (known.has(each.source)) continue;
      known.add(each.source);
      if (this.#handlers[each.stage](each) === 'FAIL') throw refused(each);
      failures.push(each);
    }
  }

  /** A pass; where an operator failed without saying for which record, the records are tried one by one to find them. */
  async #pass(records: readonly DecodedRecord[], attempt: Attempt): Promise<PassResult> {
    try {
      return await this.#graph.pass(records);
    } catch (error) {
      if (error instanceof StateStoreError || (isRetryable(error) && !attempt.isLast)) throw error;
      const failures: RecordFailure[] = [];
      for (const decoded of records) {
        try {
          await this.#graph.pass([decoded]);
        } catch (cause) {
          if (cause instanceof StateStoreError) throw cause;
          failures.push(failure('processing', decoded.node, decoded.record.source, cause));
        }
      }
      if (failures.length === 0) throw toError(error);
      return { outputs: new Map(), changes: [], failures };
    }
  }

  #withDeadLetters(
    { outputs }: PassResult,
    failures: readonly RecordFailure[],
    attempt: Attempt,
  ): ReadonlyMap<string, readonly ProducedRecord[]> {
    const topic = this.#topology.deadLetterTopic;
    for (const { node, stage, source, error } of failures) {
      const where = { node, stage, topic: source.topic, partition: source.partition, offset: source.offset };
      this.#logger.warn({ ...where, err: error, dead_letter_topic: topic }, 'A record was not processed');
    }
    if (topic === null || failures.length === 0) return outputs;
    const letters = failures.map((each) => deadLetterOf(each, attempt.number));
    return new Map([...outputs, [topic, [...(outputs.get(topic) ?? []), ...letters]]]);
  }
}

/** Never retryable: a handler that answers FAIL wants the streams to stop, also where the record's own error would pass. */
const refused = ({ stage, node, source, error }: RecordFailure): RecordRefusedError =>
  new RecordRefusedError('An exception handler answered FAIL', {
    cause: error,
    facts: { stage, node, topic: source.topic, partition: source.partition, offset: source.offset },
  });
