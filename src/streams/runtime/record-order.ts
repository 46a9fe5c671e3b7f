import type { ConsumedRecord, StreamRecord } from '../record.ts';
import type { DecodedRecord } from './graph.ts';

type Records = readonly StreamRecord<unknown, unknown>[];

/**
 * Brings together what several parents made of a run, in the order of the records it was made of, as if each had gone
 * through alone: branches that meet again must not change the order of a key. What a parent made stays in its own order;
 * what it made of nothing that is in the run, as a punctuator does, stays behind what it stands behind.
 */
export function recordOrder(run: readonly DecodedRecord[]): (parents: readonly Records[]) => Records {
  let places: Map<ConsumedRecord, number> | null = null;
  return (parents) => {
    const [first = [], ...others] = parents.filter((records) => records.length > 0);
    if (others.length === 0) return first;
    places ??= new Map(run.map(({ record }, place) => [record.source, place]));
    const known = places;
    const placed = [first, ...others].flatMap((records) => {
      let place = 0;
      return records.map((record) => {
        place = Math.max(place, known.get(record.source) ?? place);
        return { record, place };
      });
    });
    // A stable sort: of the same record, the first parent's come first.
    return placed.sort((a, b) => a.place - b.place).map(({ record }) => record);
  };
}
