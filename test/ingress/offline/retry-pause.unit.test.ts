import { expect, test } from 'vitest';
import { retryPauseMs } from '../../../src/ingress/offline/retry-pause.ts';

const pauses = (random: number) =>
  [1, 2, 3, 4, 5, 6, 7, 60].map((failures) =>
    retryPauseMs(failures, { firstPauseMs: 250, longestPauseMs: 10_000, random: () => random }),
  );

test('Pauses double up to the longest', () => {
  expect(pauses(0)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('Chance takes up to half of a pause away', () => {
  expect(pauses(0.5)).toEqual([187.5, 375, 750, 1_500, 3_000, 6_000, 7_500, 7_500]);
  expect(pauses(1)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});
