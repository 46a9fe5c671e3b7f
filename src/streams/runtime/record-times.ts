import type { ConsumedRecord, StreamRecord } from '../record.ts';

/**
 * The stream time as each record of a micro-batch was read. Who judges by it whether a record is late judges the same
 * however the records are cut into batches, and whichever of them an operator lets through or fails.
 */
export class RecordTimes {
  readonly #before: number;
  readonly #records: readonly Pick<StreamRecord<unknown, unknown>, 'source' | 'timestamp'>[];
  /** Made when it is first asked for: most topologies never do. */
  #times: ReadonlyMap<ConsumedRecord, number> | null = null;

  /** @param before the stream time before the batch @param records in the order they were read */
  constructor(before: number, records: readonly Pick<StreamRecord<unknown, unknown>, 'source' | 'timestamp'>[]) {
    this.#before = before;
    this.#records = records;
  }

  /** undefined for what was not read in this batch. */
  at(source: ConsumedRecord): number | undefined {
    this.#times ??= this.#measure();
    return this.#times.get(source);
  }

  #measure(): ReadonlyMap<ConsumedRecord, number> {
    let streamTime = this.#before;
    return new Map(
      this.#records.map(({ source, timestamp }) => {
        streamTime = Math.max(streamTime, timestamp);
        return [source, streamTime];
      }),
    );
  }
}
