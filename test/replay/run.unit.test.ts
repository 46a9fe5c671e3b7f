import { describe, expect, it } from 'vitest';
import { metadataOf, type ReplayJob, resumedJob } from '../../src/replay/job.ts';
import { createPace } from '../../src/replay/pace.ts';
import type { RunProgress } from '../../src/replay/ports.ts';
import { dryRun, type RunParts, runReplay } from '../../src/replay/run.ts';
import { everything } from '../../src/replay/selection.ts';
import type { ConsumedRecord, StreamAdmin } from '../../src/streams/ports.ts';
import { command, deadLetter, merchant } from './records.ts';

/** A topic in memory, read in chunks of three. */
const sourceOf = (records: readonly ConsumedRecord[]): Pick<StreamAdmin, 'read'> => ({
  read: async ({ topic, partition }, { from, to, signal }, onBatch) => {
    const own = records.filter((each) => each.topic === topic && each.partition === partition);
    for (let at = from; at < to; at += 3) {
      signal?.throwIfAborted();
      const end = Math.min(at + 3, to);
      await onBatch(
        own.filter(({ offset }) => offset >= at && offset < end),
        end,
      );
    }
  },
});

const rigOf = (records: readonly ConsumedRecord[], ratePerSecond = 8) => {
  let now = 0;
  const kept: RunProgress[] = [];
  const sent: { readonly at: number; readonly partition: number; readonly values: readonly string[] }[] = [];
  const stop = new AbortController();
  const parts: RunParts = {
    ...{ source: sourceOf(records), partitions: 4, signal: stop.signal, onCopied: () => undefined },
    target: {
      send: async ({ partition, records: copies }) => {
        sent.push({ at: now, partition, values: copies.map(({ value }) => String(value)) });
      },
    },
    progress: { keep: async (progress) => void kept.push(...progress) },
    pace: createPace({
      ratePerSecond,
      clock: { now: () => now },
      sleep: async (ms) => {
        now += ms;
      },
    }),
  };
  return { parts, kept, sent, stop, now: () => now };
};

const commands = (count: number): readonly ConsumedRecord[] =>
  Array.from({ length: count }, (_, offset) =>
    command({ partition: 0, offset, value: Buffer.from(`v${String(offset)}`) }),
  );

const job = (changes: Partial<ReplayJob> = {}): ReplayJob => ({
  ...{ id: 'replay-1', from: 'points.ingest', selection: everything, ranges: [{ partition: 0, from: 0, to: 10 }] },
  ...changes,
});

describe('a replay', () => {
  it('copies everything in order, in slices, and keeps how far it is after each', async () => {
    const { parts, sent, kept } = rigOf(commands(10));
    expect(await runReplay(job(), parts)).toBe(10);
    expect(sent.flatMap(({ values }) => values)).toEqual(commands(10).map(({ value }) => String(value)));
    expect(Math.max(...sent.map(({ values }) => values.length))).toBe(2);
    expect(kept[0]).toMatchObject({ partition: 0, offset: 0 });
    expect(kept.map(({ offset }) => offset)).toEqual([...kept.map(({ offset }) => offset)].sort((a, b) => a - b));
    expect(kept.at(-1)?.offset).toBe(10);
  });

  it('goes no faster than its rate over any second, and saves nothing up', async () => {
    const { parts, sent, now } = rigOf(commands(40), 8);
    await runReplay(job({ ranges: [{ partition: 0, from: 0, to: 40 }] }), parts);
    expect(now()).toBeGreaterThanOrEqual(4_000);
    for (const { at } of sent) {
      const within = sent.filter((each) => each.at >= at && each.at < at + 1_000);
      expect(within.reduce((sum, { values }) => sum + values.length, 0)).toBeLessThanOrEqual(8 + 2);
    }
  });

  it('that is killed at any moment and taken up again leaves nothing out, and repeats a slice at most', async () => {
    const records = commands(10);
    for (let killedAfter = 1; killedAfter < 8; killedAfter += 1) {
      const { parts, sent, kept } = rigOf(records);
      let sends = 0;
      const target: RunParts['target'] = {
        send: async (send) => {
          await parts.target.send(send);
          sends += 1;
          // The records are stored, and what would keep the progress never comes to it.
          if (sends === killedAfter) throw new RangeError('killed');
        },
      };
      await runReplay(job(), { ...parts, target }).catch(() => undefined);
      const last = kept.at(-1)!;
      const rest = resumedJob('replay-1', 'points.ingest', [last]);
      expect(rest).toMatchObject({ selection: everything, ranges: [{ partition: 0, to: 10 }] });
      await runReplay(rest, parts);
      const values = sent.flatMap((each) => each.values);
      expect(new Set(values)).toEqual(new Set(records.map(({ value }) => String(value))));
      expect(values.length).toBeLessThanOrEqual(12);
    }
  });

  it('ends when it is told to, without another record', async () => {
    const { parts, sent, stop } = rigOf(commands(10));
    stop.abort(new RangeError('stopped'));
    await expect(runReplay(job(), parts)).rejects.toThrow('stopped');
    expect(sent).toEqual([]);
  });

  it('sends dead letters to the partitions of their sources', async () => {
    const letters = [0, 1, 2].map((offset) => deadLetter({ offset }, { partition: String(offset) }));
    const skipped = deadLetter({ offset: 3 }, { topic: 'audit_log' });
    const { parts, sent } = rigOf([...letters, skipped], 1_000);
    const all = job({ from: 'points.dlq', ranges: [{ partition: 0, from: 0, to: 4 }] });
    expect(await runReplay(all, parts)).toBe(3);
    expect(sent.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    const tally = await dryRun(all, parts);
    expect(tally).toMatchObject({ records: 3, oldest: 2_000, newest: 2_000 });
    expect([...tally.merchants]).toEqual([[merchant, 3]]);
    expect([...tally.errors]).toEqual([['UNKNOWN_MERCHANT', 3]]);
    expect([...tally.skipped]).toEqual([['came from audit_log', { records: 1, sourceTopic: 'audit_log' }]]);
  });
});

describe('what a run keeps', () => {
  it('tells what is left of it, filters too', () => {
    const selection = { ...everything, errors: ['INTERNAL'], merchantId: merchant, retryable: true, sinceMs: 5 };
    const metadata = metadataOf({ selection }, { to: 9 });
    expect(resumedJob('r', 'points.dlq', [{ partition: 2, offset: 4, metadata }])).toEqual({
      ...{ id: 'r', from: 'points.dlq', selection, ranges: [{ partition: 2, from: 4, to: 9 }] },
    });
  });

  it('is told apart from what others keep, and from nothing', () => {
    expect(() => resumedJob('r', 'points.dlq', [])).toThrow('There is no replay r');
    expect(() => resumedJob('r', 'points.dlq', [{ partition: 0, offset: 4 }])).toThrow('cannot be read');
    expect(() => metadataOf({ selection: { ...everything, errors: ['E'.repeat(4_000)] } }, { to: 1 })).toThrow(
      'too many',
    );
  });
});
