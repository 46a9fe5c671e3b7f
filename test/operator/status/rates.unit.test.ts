import { expect, test } from 'vitest';
import { CheckTimes } from '../../../src/operator/status/checks.ts';
import { LastHour } from '../../../src/operator/status/last-hour.ts';
import { Rates } from '../../../src/operator/status/rates.ts';

const createClock = (at = 0) => {
  const clock = { at, now: () => clock.at };
  return clock;
};

test('a rate is what a counter has grown by in the last ten seconds', () => {
  const clock = createClock();
  const rates = new Rates(clock);
  expect(rates.perSecond(new Map([['a', 500]])).get('a')).toBe(0);
  const seen: (number | undefined)[] = [];
  for (let second = 1; second <= 20; second += 1) {
    clock.at = second * 1_000;
    seen.push(rates.perSecond(new Map([['a', 500 + (second <= 10 ? second * 10 : 100)]])).get('a'));
  }
  expect(seen[0]).toBe(10);
  expect(seen[9]).toBe(10);
  expect(seen[19]).toBe(0);
});

test('a counter that begins anew counts from nothing', () => {
  const clock = createClock();
  const rates = new Rates(clock);
  rates.perSecond(new Map([['a', 1_000]]));
  clock.at = 2_000;
  expect(rates.perSecond(new Map([['a', 50]])).get('a')).toBe(25);
});

test('a clock that is set back makes no rate below zero', () => {
  const clock = createClock(60_000);
  const rates = new Rates(clock);
  rates.perSecond(new Map([['a', 10]]));
  clock.at = 1_000;
  expect(rates.perSecond(new Map([['a', 20]])).get('a')).toBe(0);
});

test('the last hour forgets what is older', () => {
  const clock = createClock();
  const hour = new LastHour(clock);
  expect(hour.total(new Map([['a', 3]]))).toBe(3);
  clock.at = 30 * 60_000;
  expect(
    hour.total(
      new Map([
        ['a', 5],
        ['b', 1],
      ]),
    ),
  ).toBe(6);
  clock.at = 61 * 60_000;
  expect(
    hour.total(
      new Map([
        ['a', 5],
        ['b', 1],
      ]),
    ),
  ).toBe(3);
  // A task that moved here counts from nothing.
  expect(
    hour.total(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    ),
  ).toBe(5);
});

test('a check tells since when it has been as it is, whatever its reason says meanwhile', () => {
  const times = new CheckTimes();
  const since = (ok: boolean, reason: string, now: number) =>
    times.shown({ mongodb: ok ? { ok } : { ok, reason } }, now)[0]?.since;
  expect(since(true, '', 1_000)).toBe(1_000);
  expect(since(true, '', 2_000)).toBe(1_000);
  expect(since(false, 'No answer', 3_000)).toBe(3_000);
  expect(since(false, 'Connection refused', 9_000)).toBe(3_000);
  expect(since(true, '', 10_000)).toBe(10_000);
});
