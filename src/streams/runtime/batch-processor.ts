import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { RecordRefusedError, StateStoreError } from '../errors.ts';
import type { ConsumedRecord, ProducedRecord } from '../record.ts';
import type { StoreChange } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { deadLetterOf, type ExceptionHandlers, failure, type RecordFailure } from './failures.ts';
import {
  type DecodedRecord,
  type Graph,
  type Pass,
  type PassResult,
  type PunctuatedRecord,
  sourceId,
} from './graph.ts';
import type { BatchTime } from './operator-context.ts';
import type { TaskTime } from './punctuations.ts';
import { leaveOut } from './leave-out.ts';
import { RecordDecoder } from './record-decoder.ts';
import { RecordTimes } from './record-times.ts';

/** What a micro-batch makes visible when it commits. */
export interface ProcessedBatch {
  readonly outputs: ReadonlyMap<string, readonly ProducedRecord[]>;
  readonly changes: readonly StoreChange[];
  readonly failures: readonly RecordFailure[];
  /** The task's stream time after the batch. */
  readonly streamTime: number;
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Whether what could still succeed later is now given up and handed to the exception handlers. */
  readonly isLast: boolean;
}

/** A micro-batch: what was read, and the task's clocks before it; milliseconds since the epoch. */
export interface MicroBatch extends TaskTime {
  readonly records: readonly ConsumedRecord[];
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
  readonly #decoder: RecordDecoder;

  /** @param topology a sub-topology: what the graph was made of */
  constructor(topology: Topology, graph: Graph, handlers: ExceptionHandlers, logger: Logger) {
    this.#topology = topology;
    this.#graph = graph;
    this.#handlers = handlers;
    this.#logger = logger;
    this.#decoder = new RecordDecoder(topology);
  }

  /**
   * @throws the error of a record or of the batch that may succeed later, unless this is the last attempt
   * @throws RecordRefusedError where an exception handler answered FAIL
   * @throws StateStoreError where no record is to blame
   */
  async process({ records, ...clocks }: MicroBatch, attempt: Attempt): Promise<ProcessedBatch> {
    let isPunctuated = false;
    try {
      const { decoded, unreadable } = await this.#decoder.decode(records);
      const time = timeAfter(clocks, decoded);
      const { streamTime } = time;
      this.#graph.begin(time);
      const failures: RecordFailure[] = [];
      this.#judge(unreadable, attempt, failures);
      let pass: Pass = { records: decoded, punctuate: this.#graph.isPunctuationDue(time), excluded: new Set() };
      for (;;) {
        const result = await this.#pass(pass, attempt);
        if (result === 'put-off') {
          pass = { ...pass, punctuate: false };
        } else if (result.failures.length === 0) {
          isPunctuated = pass.punctuate;
          return {
            outputs: this.#withDeadLetters(result, failures, attempt),
            changes: result.changes,
            failures,
            streamTime,
          };
        } else {
          const left = leaveOut(pass, result.failures, this.#graph.punctuated());
          this.#judge(left.failures, attempt, failures);
          pass = left.next;
        }
      }
    } finally {
      this.#graph.settle({ isPunctuated });
    }
  }

  /** Records each failure once, or throws where the batch must be tried again or the streams must stop. */
  #judge(found: readonly RecordFailure[], attempt: Attempt, failures: RecordFailure[]): void {
    const known = new Set(failures.map(({ source }) => sourceId(source)));
    for (const each of found) {
      // Read in the middle of an operator's work; no record is to blame.
      if (each.error instanceof StateStoreError) throw each.error;
      if (isRetryable(each.error) && !attempt.isLast) throw each.error;
      if (known.has(sourceId(each.source))) continue;
      known.add(sourceId(each.source));
      if (this.#handlers[each.stage](each) === 'FAIL') throw refused(each);
      failures.push(each);
    }
  }

  /**
   * A pass; where an operator failed without saying for which record, the records are tried one by one to find them.
   * @returns `put-off` where no record is to blame, but a punctuator that may succeed another time
   */
  async #pass(pass: Pass, attempt: Attempt): Promise<PassResult | 'put-off'> {
    try {
      return await this.#passLoaded(pass);
    } catch (error) {
      if (error instanceof StateStoreError || (isRetryable(error) && !attempt.isLast)) throw error;
      const punctuated = this.#graph.punctuated();
      const failures = [...(await this.#findBad(pass)), ...(await this.#findBadPunctuated(pass, punctuated))];
      if (failures.length > 0) return { outputs: new Map(), changes: [], failures };
      if (!pass.punctuate || !isRetryable(error)) throw toError(error);
      this.#logger.warn({ err: error }, 'A punctuation is put off');
      return 'put-off';
    }
  }

  /** A pass for which everything it reads from the stores is loaded. */
  async #passLoaded(pass: Pass): Promise<PassResult> {
    for (;;) {
      try {
        const result = await this.#graph.pass(pass);
        if (!(await this.#graph.loadMissing())) return result;
      } catch (error) {
        if (!(await this.#graph.loadMissing())) throw error;
      }
    }
  }

  async #findBad({ records }: Pass): Promise<RecordFailure[]> {
    const failures: RecordFailure[] = [];
    for (const decoded of records) {
      try {
        await this.#passLoaded({ records: [decoded], punctuate: false, excluded: new Set() });
      } catch (cause) {
        if (cause instanceof StateStoreError) throw cause;
        failures.push(failure('processing', decoded.node, decoded.record.source, cause));
      }
    }
    return failures;
  }

  /** Each record that punctuators made, alone; where none of them is let through and it fails, it is no record's fault. */
  async #findBadPunctuated({ punctuate, excluded }: Pass, made: readonly PunctuatedRecord[]): Promise<RecordFailure[]> {
    const left = made.filter(({ id }) => !excluded.has(id));
    if (!punctuate || left.length === 0) return [];
    const failures: RecordFailure[] = [];
    const tryOnly = (only: string | null): Promise<PassResult> => {
      const others = made.map(({ id }) => id).filter((id) => id !== only);
      return this.#passLoaded({ records: [], punctuate, excluded: new Set(others) });
    };
    if (!(await succeeds(() => tryOnly(null)))) return [];
    for (const { id, node, source } of left) {
      try {
        await tryOnly(id);
      } catch (cause) {
        if (cause instanceof StateStoreError) throw cause;
        failures.push(failure('processing', node, source, cause));
      }
    }
    return failures;
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
    const partition = this.#graph.writer.deadLetterPartition(topic);
    const letters = failures.map((each) => ({ ...deadLetterOf(each, attempt.number), partition }));
    return new Map([...outputs, [topic, [...(outputs.get(topic) ?? []), ...letters]]]);
  }
}

/** Never retryable: a handler that answers FAIL wants the streams to stop, also where the record's own error would pass. */
const refused = ({ stage, node, source, error }: RecordFailure): RecordRefusedError =>
  new RecordRefusedError('An exception handler answered FAIL', {
    cause: error,
    facts: { stage, node, topic: source.topic, partition: source.partition, offset: source.offset },
  });

function timeAfter({ streamTime, wallClock }: TaskTime, decoded: readonly DecodedRecord[]): BatchTime {
  const newest = decoded.reduce((time, { record }) => Math.max(time, record.timestamp), streamTime);
  const recordTimes = new RecordTimes(
    streamTime,
    decoded.map(({ record }) => record),
  );
  return { streamTime: newest, streamTimeBefore: streamTime, wallClock, recordTimes };
}

const succeeds = async (call: () => Promise<unknown>): Promise<boolean> => {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof StateStoreError) throw error;
    return false;
  }
};
