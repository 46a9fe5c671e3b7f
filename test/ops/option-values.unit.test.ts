import { describe, expect, it } from 'vitest';
import {
  listOption,
  offsetsOption,
  placeOption,
  timeOption,
  uuidOption,
  wholeNumberOption,
} from '../../src/ops/option-values.ts';

describe('the value of an option', () => {
  it('is a time, or so long ago', () => {
    const time = timeOption(10 * 86_400_000);
    expect(time('2026-01-31T12:00:00Z')).toBe(Date.parse('2026-01-31T12:00:00Z'));
    expect([time('30m'), time('12h'), time('7d')].map((at) => 10 * 86_400_000 - at)).toEqual([
      ...[1_800_000, 43_200_000, 604_800_000],
    ]);
    for (const wrong of ['noon', '7w', '', '12']) expect(() => time(wrong)).toThrow('It is a time');
  });

  it('is a UUID, in lower case', () => {
    expect(uuidOption('6F6C2A52-7F5B-4D3B-9A4E-0B6A1F1D0001')).toBe('6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001');
    expect(() => uuidOption('6f6c2a52')).toThrow('It is a UUID');
  });

  it('is a range of offsets, the last one included, once for each partition', () => {
    const first = offsetsOption('2:100-200', []);
    expect(offsetsOption('0:5-5', first)).toEqual([
      { partition: 2, from: 100, to: 201 },
      { partition: 0, from: 5, to: 6 },
    ]);
    expect(() => offsetsOption('2:1-2', first)).toThrow('A partition is named once');
    for (const wrong of ['2', '2:3', '2:9-3', 'a:1-2'])
      expect(() => offsetsOption(wrong, [])).toThrow('partition:from-to');
  });

  it('is a place, a number within bounds, or a list', () => {
    expect(placeOption('2/117')).toEqual({ partition: 2, offset: 117 });
    expect(() => placeOption('2')).toThrow('It is partition/offset');
    expect(wholeNumberOption(1, 10)('10')).toBe(10);
    expect(() => wholeNumberOption(1, 10)('11')).toThrow('It is a whole number of 1-10');
    expect(listOption('INTERNAL, UNKNOWN_TIER,')).toEqual(['INTERNAL', 'UNKNOWN_TIER']);
  });
});
