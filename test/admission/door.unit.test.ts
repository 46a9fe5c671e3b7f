import { describe, expect, test } from 'vitest';
import {
  type AdaptiveLimit,
  createDoor,
  isShed,
  openDoor,
  type Place,
  type ShedReason,
} from '../../src/admission/index.ts';

const createRig = (current = 8) => {
  const limit = {
    current,
    worked: [] as (readonly [key: string, tookMs: number, underWay: number])[],
    late: [] as number[],
  };
  const time = { nowMs: 1_000 };
  const counted: ShedReason[] = [];
  const fake: AdaptiveLimit = {
    get current() {
      return limit.current;
    },
    worked: (key, tookMs, underWay) => void limit.worked.push([key, tookMs, underWay]),
    delayed: (lateMs) => void limit.late.push(lateMs),
  };
  const door = createDoor({ limit: fake, clock: { now: () => time.nowMs }, onShed: (reason) => counted.push(reason) });
  const enter = (key: string): Place => {
    const entered = door.enter(key);
    if (isShed(entered)) throw new Error(`shed: ${entered.shed}`);
    return entered;
  };
  const reasonFor = (key: string): ShedReason | undefined => door.look(key)?.shed;
  return { door, enter, reasonFor, limit, time, counted };
};

describe('a door', () => {
  test('lets in as many as its limit says, sheds the next, and lets one in for each that leaves', () => {
    const { enter, reasonFor, door } = createRig(8);
    const places = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(enter);
    expect(reasonFor('i')).toBe('full');
    expect(door.inFlight).toBe(8);
    places[0]?.leave();
    expect(reasonFor('i')).toBeUndefined();
    expect(door.inFlight).toBe(7);
  });

  test('keeps a quarter of its places from a key that holds its share', () => {
    const { enter, reasonFor } = createRig(8);
    for (let place = 0; place < 6; place += 1) enter('greedy');
    expect(reasonFor('greedy')).toBe('share');
    expect(reasonFor('small')).toBeUndefined();
    enter('small');
    expect(reasonFor('greedy')).toBe('share');
    enter('other');
    expect(reasonFor('third')).toBe('full');
  });

  test('gives what leaves to those below their share, as long as fewer than a quarter of the places are free', () => {
    const { enter, reasonFor } = createRig(8);
    const greedy = Array.from({ length: 6 }, () => enter('greedy'));
    enter('small');
    enter('other');
    greedy[0]?.leave();
    expect(reasonFor('greedy')).toBe('share');
    expect(reasonFor('small')).toBeUndefined();
    greedy[1]?.leave();
    greedy[2]?.leave();
    expect(reasonFor('greedy')).toBeUndefined();
  });

  test('counts each key that is in once, when it says what a share is', () => {
    const { enter, reasonFor } = createRig(12);
    for (let place = 0; place < 4; place += 1) for (const key of ['a', 'b']) enter(key);
    enter('c');
    // Nine of twelve are taken: a share is four.
    expect([reasonFor('a'), reasonFor('b'), reasonFor('c'), reasonFor('d')]).toEqual([
      'share',
      'share',
      undefined,
      undefined,
    ]);
  });

  test('leaves every key at least one place, though there are more keys than places', () => {
    const { enter, reasonFor } = createRig(4);
    for (const key of ['a', 'b', 'c']) enter(key);
    expect([reasonFor('a'), reasonFor('d')]).toEqual(['share', undefined]);
  });

  test('lets none in beyond a limit that has fallen, until enough have left', () => {
    const { enter, reasonFor, limit } = createRig(8);
    const places = ['a', 'b', 'c', 'd', 'e', 'f'].map(enter);
    limit.current = 4;
    expect(reasonFor('g')).toBe('full');
    for (const place of places.slice(0, 3)) place.leave();
    expect(reasonFor('g')).toBeUndefined();
  });

  test('counts what it sheds, by why, and nothing else', () => {
    const { door, enter, counted } = createRig(4);
    for (const key of ['a', 'a', 'a']) enter(key);
    door.look('a');
    enter('b');
    door.enter('c');
    expect(counted).toEqual(['share', 'full']);
  });

  test('sends those it sheds back at different times', () => {
    const { door, enter } = createRig(1);
    enter('a');
    const times = Array.from({ length: 8 }, () => door.look('b')?.retryAfterSeconds);
    expect(times).toEqual([2, 3, 4, 1, 2, 3, 4, 1]);
  });

  test('tells its limit how long a place was held, and how many were under way', () => {
    const { enter, limit, time } = createRig();
    enter('a');
    const place = enter('b');
    time.nowMs += 30;
    place.leave();
    expect(limit.worked).toEqual([['b', 30, 2]]);
  });

  test('takes a place back once, and tells nothing of one that is not typical', () => {
    const { enter, limit, door } = createRig();
    const place = enter('a');
    place.leave(false);
    place.leave();
    expect(limit.worked).toEqual([]);
    expect(door.inFlight).toBe(0);
  });

  test('forgets a key that is not in', () => {
    const { enter, reasonFor } = createRig(4);
    for (const key of ['b', 'c', 'd', 'e']) enter(key).leave();
    for (let place = 0; place < 3; place += 1) enter('a');
    // Two keys at most are in: a share is two, and not less than one of five.
    expect(reasonFor('f')).toBeUndefined();
    enter('f').leave();
    expect(reasonFor('a')).toBe('share');
  });

  test('that sheds nothing lets everybody in', () => {
    for (let place = 0; place < 10_000; place += 1) expect(isShed(openDoor.enter('a'))).toBe(false);
    expect(openDoor.look('a')).toBeUndefined();
  });
});
