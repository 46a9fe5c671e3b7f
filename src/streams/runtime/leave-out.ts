import { StreamsStateError } from '../errors.ts';
import type { RecordFailure } from './failures.ts';
import { type Pass, type PunctuatedRecord, sourceId } from './graph.ts';

/** What is left out of a batch for good, and the pass that is made without it. */
export interface LeftOut {
  readonly failures: readonly RecordFailure[];
  readonly next: Pass;
}

/**
 * Of the records that failed in a pass, those to leave out of the next.
 *
 * Records that were read go first, alone: without them a punctuator may make something else, and what of its work fails
 * is found again then. Of what punctuators made, that of the first node goes first, as it may change what the nodes behind
 * it make. So what is left out by its place in a punctuator's work is at the same place in the next pass.
 * @throws StreamsStateError where none of them is of this batch: passes would go on for ever
 */
export function leaveOut(
  pass: Pass,
  failures: readonly RecordFailure[],
  punctuated: readonly PunctuatedRecord[],
): LeftOut {
  const ids = new Set(pass.records.map(({ record }) => sourceId(record.source)));
  const read = failures.filter(({ source }) => ids.has(sourceId(source)));
  if (read.length > 0) {
    const failed = new Set(read.map(({ source }) => sourceId(source)));
    const records = pass.records.filter(({ record }) => !failed.has(sourceId(record.source)));
    return { failures: read, next: { ...pass, records } };
  }
  const failed = new Set(failures.map(({ source }) => sourceId(source)));
  const made = punctuated.filter(({ id }) => failed.has(id) && !pass.excluded.has(id));
  const first = new Set(made.filter(({ node }) => node === made[0]?.node).map(({ id }) => id));
  if (first.size === 0) {
    throw new StreamsStateError('A record was failed that is not of this batch', {
      facts: { node: failures[0]?.node },
      cause: failures[0]?.error,
    });
  }
  return {
    failures: failures.filter(({ source }) => first.has(sourceId(source))),
    next: { ...pass, excluded: new Set([...pass.excluded, ...first]) },
  };
}
