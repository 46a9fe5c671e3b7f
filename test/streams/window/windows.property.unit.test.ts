import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeWindows } from '../../../src/streams/index.ts';
import { type Counted, type Input, windowsRig } from './windows-rig.ts';

/** The windows of a time by their definition, not by the arithmetic of the engine. */
const windowsAt = ({ sizeMs, advanceMs }: TimeWindows, timestamp: number): readonly number[] => {
  const starts: number[] = [];
  for (let start = 0; start <= timestamp; start += advanceMs) if (timestamp < start + sizeMs) starts.push(start);
  return starts;
};

interface Model {
  readonly changes: readonly Counted[];
  readonly final: readonly Counted[];
  readonly late: readonly string[];
}

/** What the windows are to say, record by record. */
const modelOf = (windows: TimeWindows, records: readonly Input[], movesTime: (record: Input) => boolean): Model => {
  const counts = new Map<string, { key: string; start: number; count: number; timestamp: number }>();
  const changes: Counted[] = [];
  const final: Counted[] = [];
  const late: string[] = [];
  let streamTime = 0;
  for (const record of records) {
    const { key, fate, timestamp } = record;
    if (movesTime(record)) streamTime = Math.max(streamTime, timestamp);
    if (fate === 'counted') {
      for (const start of windowsAt(windows, timestamp)) {
        if (start + windows.sizeMs + windows.graceMs <= streamTime) {
          late.push(`${key}:${String(timestamp)} for ${String(start)} at ${String(streamTime)}`);
          continue;
        }
        const id = `${key}@${String(start)}`;
        const before = counts.get(id) ?? { key, start, count: 0, timestamp: 0 };
        const after = { ...before, count: before.count + 1, timestamp: Math.max(before.timestamp, timestamp) };
        counts.set(id, after);
        changes.push([id, after.count, after.timestamp]);
      }
    }
    const closed = [...counts].filter(([, { start }]) => start + windows.sizeMs + windows.graceMs <= streamTime);
    closed.sort(([, a], [, b]) => a.start - b.start || (a.key < b.key ? -1 : 1));
    for (const [id, { count, timestamp: at }] of closed) {
      counts.delete(id);
      final.push([id, count, at]);
    }
  }
  return { changes, final, late };
};

const windowsOf = fc
  .record({ sizeMs: fc.integer({ min: 1, max: 30 }), advance: fc.integer({ min: 1, max: 30 }), graceMs: fc.nat(20) })
  .map(({ sizeMs, advance, graceMs }) =>
    TimeWindows.ofSizeAndGrace(sizeMs, graceMs).advanceBy(Math.min(sizeMs, advance)),
  );
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant('counted' as const) },
  { weight: 1, arbitrary: fc.constant('filtered' as const) },
  { weight: 1, arbitrary: fc.constant('poison' as const) },
);
const inputs = fc.array(fc.record({ key: fc.constantFrom('a', 'ab', 'b', 'é'), fate, timestamp: fc.nat(120) }), {
  maxLength: 40,
});
/** Sizes of micro-batches, taken in turn. */
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });

const cut = (records: readonly Input[], wanted: readonly number[]): readonly (readonly Input[])[] => {
  const batches: Input[][] = [];
  for (let from = 0, turn = 0; from < records.length; turn += 1) {
    const size = wanted[turn % wanted.length] ?? 1;
    batches.push(records.slice(from, from + size));
    from += size;
  }
  return batches;
};

describe('windows', () => {
  it.each([
    ['counts', false, false],
    ['counts behind a repartition topic', false, true],
    ['final results', true, false],
    ['final results behind a repartition topic', true, true],
  ])('give the %s of a plain model, however the records are cut into batches', async (_what, suppress, repartition) => {
    const check = async (windows: TimeWindows, records: readonly Input[], wanted: readonly number[]): Promise<void> => {
      const rig = windowsRig({ windows, suppress, repartition });
      for (const batch of cut(records, wanted)) await rig.send(batch);
      // Behind a repartition topic is another task, which sees only what is sent there.
      const model = modelOf(windows, records, (record) => !repartition || record.fate === 'counted');
      expect(rig.read()).toEqual(suppress ? model.final : model.changes);
      // A batch with a bad record is run again without it, and the hook is told again.
      expect(new Set(rig.late)).toEqual(new Set(model.late));
      if (repartition) expect(rig.late).toEqual(model.late);
      rig.driver.close();
    };
    await fc.assert(fc.asyncProperty(windowsOf, inputs, sizes, check), { numRuns: 120 });
  });
});
