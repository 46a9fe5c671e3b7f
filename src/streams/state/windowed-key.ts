import { WindowedKeyError } from '../errors.ts';
import { storedKey } from './key-order.ts';
import type { KeyRange } from './store.ts';

/** A key, and the start or end of one of its windows: stream time in milliseconds, 0 to 10^15 - 1. */
export interface WindowedKey {
  readonly key: string;
  readonly at: number;
}

const timeDigits = 15;
const latest = 10 ** timeDigits - 1;

/**
 * Behind a key comes what no key has: NUL within a key is written as NUL 1. NUL NUL is less than that and than every
 * other character behind a NUL, so that `a` with all its windows comes before `a`, NUL and whatever follows.
 */
const escape = (key: string): string => storedKey(key).replaceAll('\u0000', '\u0000\u0001');
const unescape = (text: string): string => text.replaceAll('\u0000\u0001', '\u0000');
const endOfKey = '\u0000\u0000';
const escapedKeyAndTime = /^((?:[^\u0000]|\u0000\u0001)*)\u0000\u0000(\d{15})$/u;

const digits = (time: number): string => {
  if (!Number.isInteger(time) || time < 0 || time > latest) {
    throw new WindowedKeyError('A window begins and ends at whole milliseconds from 1970 on', { facts: { time } });
  }
  return String(time).padStart(timeDigits, '0');
};

/**
 * A store's key for a window of a key, by key and then by time: for reading one key's windows.
 * @throws WindowedKeyError where the time is no whole number of milliseconds from 0 to 10^15 - 1
 */
export const windowedKey = (key: string, windowStart: number): string =>
  `${escape(key)}${endOfKey}${digits(windowStart)}`;

/** @throws WindowedKeyError where it was not made by `windowedKey` */
export const parseWindowedKey = (stored: string): WindowedKey => {
  const [key, time] = groupsOf(escapedKeyAndTime.exec(stored));
  return { key: unescape(key), at: Number(time) };
};

/** The windows of one key with `from <= start < to`. Default: all of them. */
export const windowsOf = (key: string, from = 0, to = Infinity): KeyRange => {
  const prefix = escape(key) + endOfKey;
  return { from: prefix + digits(from), to: prefix + endDigits(to) };
};

/**
 * A store's key for a window of a key, by time and then by key: for finding all windows that have ended, whatever their
 * key. A store has either these or those of `windowedKey`; who needs both orders keeps two stores.
 * @throws WindowedKeyError where the time is no whole number of milliseconds from 0 to 10^15 - 1
 */
export const windowedKeyByEnd = (windowEnd: number, key: string): string => digits(windowEnd) + storedKey(key);

/** @throws WindowedKeyError where it was not made by `windowedKeyByEnd` */
export const parseWindowedKeyByEnd = (stored: string): WindowedKey => {
  const [time, key] = groupsOf(/^(\d{15})(.*)$/su.exec(stored));
  return { key, at: Number(time) };
};

/** The windows of all keys with `from <= end < to`. */
export const windowsEnding = (from = 0, to = Infinity): KeyRange => ({ from: digits(from), to: endDigits(to) });

/** Behind all times there are, for an end that is open. */
const endDigits = (time: number): string => (time > latest ? ':' : digits(time));

const groupsOf = (match: RegExpExecArray | null): readonly [string, string] => {
  const [, first, second] = match ?? [];
  if (first === undefined || second === undefined) throw new WindowedKeyError('This is no key of a window');
  return [first, second];
};
