import { describe, expect, it } from 'vitest';
import { TimeWindows } from '../../../src/streams/index.ts';

const startsOf = (windows: TimeWindows, timestamp: number): readonly number[] =>
  windows.windowsFor(timestamp).map(({ start }) => start);

describe('tumbling windows', () => {
  it('hold a time each, from their start to before their end', () => {
    const windows = TimeWindows.ofSizeWithNoGrace(12);
    expect(windows.windowsFor(0)).toEqual([{ start: 0, end: 12 }]);
    expect(startsOf(windows, 11)).toEqual([0]);
    expect(startsOf(windows, 12)).toEqual([12]);
    expect(startsOf(windows, 21)).toEqual([12]);
  });

  it('close when the stream time reaches their end and grace', () => {
    const windows = TimeWindows.ofSizeAndGrace(10, 5);
    const window = { start: 0, end: 10 };
    expect(windows.isClosed(window, 14)).toBe(false);
    expect(windows.isClosed(window, 15)).toBe(true);
    expect(TimeWindows.ofSizeWithNoGrace(10).isClosed(window, 10)).toBe(true);
  });
});

describe('hopping windows', () => {
  it('hold a time in each of those that overlap there, the earliest first', () => {
    // Kafka's own example: windows of 12 that advance by 5.
    const windows = TimeWindows.ofSizeWithNoGrace(12).advanceBy(5);
    expect(windows.windowsFor(21)).toEqual([
      { start: 10, end: 22 },
      { start: 15, end: 27 },
      { start: 20, end: 32 },
    ]);
    expect(startsOf(windows, 22)).toEqual([15, 20]);
  });

  it('do not begin before the epoch', () => {
    const windows = TimeWindows.ofSizeWithNoGrace(10).advanceBy(3);
    expect(startsOf(windows, 0)).toEqual([0]);
    expect(startsOf(windows, 4)).toEqual([0, 3]);
    expect(startsOf(windows, 10)).toEqual([3, 6, 9]);
  });
});

describe('windows that cannot be', () => {
  it.each([
    ['a size of 0', () => TimeWindows.ofSizeWithNoGrace(0)],
    ['a negative size', () => TimeWindows.ofSizeWithNoGrace(-1)],
    ['half a millisecond', () => TimeWindows.ofSizeWithNoGrace(0.5)],
    ['no number', () => TimeWindows.ofSizeAndGrace(Number.NaN, 0)],
    ['a negative grace', () => TimeWindows.ofSizeAndGrace(10, -1)],
    ['an advance of 0', () => TimeWindows.ofSizeWithNoGrace(10).advanceBy(0)],
    ['an advance of more than the size', () => TimeWindows.ofSizeWithNoGrace(10).advanceBy(11)],
  ])('are refused: %s', (_what, make) => {
    expect(make).toThrow(RangeError);
  });
});
