import { describe, expect, it } from 'vitest';
import {
  Consumed,
  dedupe,
  type DedupeOptions,
  jsonSerde,
  Produced,
  type StreamRecord,
  StreamsBuilder,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';
import { AwayError } from '../harness.ts';

interface Happening {
  readonly id: string;
  readonly at: number;
}
type Record = StreamRecord<string, Happening>;

const hour = 3_600_000;
const day = 24 * hour;
/** The wall clock of these tests; any day will do. */
const now = Date.parse('2026-03-01T12:00:00Z');
const serde = jsonSerde<Happening>();
const seen = {
  name: 'seen',
  valueSerde: jsonSerde<number>(),
  expiry: { expiresAt: (expiresAt: number) => expiresAt, retentionMs: day },
};

const driverOf = (options: Partial<DedupeOptions<string, Happening, number>> = {}, onRetryable?: 'keep-trying') => {
  const asked: string[][] = [];
  const duplicates: string[] = [];
  const builder = new StreamsBuilder('happenings').deadLettersTo('dlq');
  builder
    .stream<string, Happening>('in', Consumed.with(serde))
    .pipe(
      dedupe<string, Happening, number>('dedupe', {
        store: seen,
        keyOf: ({ value }) => value.id,
        occurredAt: ({ value }) => value.at,
        windowMs: day,
        remember: (expiresAt) => expiresAt,
        appliedBefore: async (records: readonly Record[]) => {
          asked.push(records.map(({ value }) => value.id));
          return new Set<string>();
        },
        onDuplicate: ({ value }) => duplicates.push(value.id),
        ...options,
      }),
    )
    .to('out', Produced.with(serde));
  const driver = new TopologyTestDriver(builder.build(), { now, ...(onRetryable && { onRetryable }) });
  /** Sends happenings of [id, when, received when] as one batch, and answers with the ids that came through. */
  const pipe = async (...happenings: [id: string, at: number, received?: number][]): Promise<string[]> => {
    await driver.pipe(
      'in',
      serde,
      happenings.map(([id, at, received]) => ({ key: id, value: { id, at }, timestamp: received ?? at })),
    );
    return driver.read('out', serde).map(({ value }) => value.id);
  };
  return { driver, pipe, asked, duplicates, remembered: (id: string) => driver.store(seen, id) };
};

describe('dedupe', () => {
  it('lets the first through and drops the rest, within a batch and over batches', async () => {
    const { pipe, duplicates } = driverOf();
    expect(await pipe(['a', now], ['b', now], ['a', now])).toEqual(['a', 'b']);
    expect(await pipe(['a', now], ['c', now], ['b', now])).toEqual(['c']);
    expect(duplicates).toEqual(['a', 'a', 'b']);
  });

  it('asks nobody about what happened within the window', async () => {
    const { pipe, asked } = driverOf();
    await pipe(['a', now], ['b', now - day + 1]);
    expect(asked).toEqual([]);
  });

  it('looks up what happened before the window, in one call for the batch, and believes the answer', async () => {
    const asked: string[][] = [];
    const { pipe, duplicates } = driverOf({
      appliedBefore: async (records, streamTime) => {
        asked.push([...records.map(({ value }) => value.id), String(streamTime)]);
        return new Set(['old-and-applied']);
      },
    });
    const old = now - 30 * day;
    const passed = await pipe(['new', now], ['old-and-applied', old, now], ['old-and-not', old, now]);
    expect(passed).toEqual(['new', 'old-and-not']);
    expect(asked).toEqual([['old-and-applied', 'old-and-not', String(now)]]);
    expect(duplicates).toEqual(['old-and-applied']);
  });

  it('looks up what is exactly as old as the window', async () => {
    const { pipe, asked } = driverOf();
    await pipe(['a', now - day, now]);
    expect(asked).toEqual([['a']]);
  });

  it('drops an old one that comes twice in one batch', async () => {
    const { pipe } = driverOf();
    expect(await pipe(['a', now - 2 * day, now], ['a', now - 2 * day, now])).toEqual(['a']);
  });

  it('remembers what happened earlier until a window after it was read', async () => {
    const { pipe, remembered } = driverOf();
    await pipe(['a', now - 23 * hour, now]);
    expect(await remembered('a')).toBe(now + day);
  });

  it('remembers what a fast clock dates into the future until a window after that', async () => {
    const { pipe, remembered, asked } = driverOf();
    expect(await pipe(['ahead', now + 26 * hour, now])).toEqual(['ahead']);
    expect(await remembered('ahead')).toBe(now + 26 * hour + day);
    // 40 hours on, the record is still younger than the window by its own clock, and must still be known.
    expect(await pipe(['ahead', now + 26 * hour, now + 40 * hour])).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('never forgets in the store what it would not look up', async () => {
    const { pipe, asked, remembered } = driverOf();
    await pipe(['a', now]);
    // The stream moves on, so that the entry expires; the same happening is then old enough to be looked up.
    await pipe(['tick', now + day + 1]);
    await pipe(['tock', now + day + 1]);
    expect(await remembered('a')).toBe(undefined);
    await pipe(['a', now, now + day + 1]);
    expect(asked).toEqual([['a']]);
  });

  it('still knows it at the very moment the look-up begins', async () => {
    const { pipe, remembered } = driverOf();
    await pipe(['a', now]);
    await pipe(['tick', now + day]);
    await pipe(['tock', now + day]);
    // What is asked for is "decided before now": the entry of now itself must be here.
    expect(await remembered('a')).toBe(now + day);
    expect(await pipe(['a', now, now + day])).toEqual([]);
  });

  it('that was decided long ago is known again after it was applied', async () => {
    const { pipe, asked } = driverOf();
    await pipe(['a', now - 30 * day, now]);
    expect(await pipe(['a', now - 30 * day, now])).toEqual([]);
    expect(asked).toEqual([['a'], ['a']]);
  });
});

describe('dedupe whose look-up fails', () => {
  const away = { appliedBefore: () => Promise.reject(new AwayError('The ledger is away')) };

  it('fails the old ones, and lets the others through', async () => {
    const { pipe, driver } = driverOf(away);
    const passed = await pipe(['new', now], ['old', now - 2 * day, now], ['old', now - 2 * day, now], ['other', now]);
    expect(passed).toEqual(['new', 'other']);
    expect(driver.readBytes('dlq').map(({ headers }) => headers['__streams.errors.code'])).toEqual(['AWAY', 'AWAY']);
  });

  it('does not mark the old ones as seen, so that a replay is applied', async () => {
    let isAway = true;
    const { pipe, remembered } = driverOf({
      appliedBefore: () => (isAway ? away.appliedBefore() : Promise.resolve(new Set<string>())),
    });
    await pipe(['old', now - 2 * day, now]);
    expect(await remembered('old')).toBe(undefined);
    isAway = false;
    expect(await pipe(['old', now - 2 * day, now])).toEqual(['old']);
    expect(await pipe(['old', now - 2 * day, now])).toEqual([]);
  });

  it('drops an old one that the store still knows', async () => {
    let isAway = false;
    const { pipe } = driverOf({
      appliedBefore: () => (isAway ? away.appliedBefore() : Promise.resolve(new Set<string>())),
    });
    await pipe(['old', now - 2 * day, now]);
    isAway = true;
    expect(await pipe(['old', now - 2 * day, now], ['new', now])).toEqual(['new']);
  });

  it('has the whole batch tried again while that may help', async () => {
    const { pipe } = driverOf(away, 'keep-trying');
    await expect(pipe(['new', now], ['old', now - 2 * day, now])).rejects.toThrow('The ledger is away');
    expect(await pipe(['new', now])).toEqual(['new']);
  });
});
