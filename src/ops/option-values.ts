// How the values of options are read; what does not fit ends the command with a line that says so.
import { InvalidArgumentError } from 'commander';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In lower case. */
export const uuidOption = (text: string): string => {
  if (!uuid.test(text)) throw new InvalidArgumentError('It is a UUID.');
  return text.toLowerCase();
};

/** A time as milliseconds since the epoch: ISO 8601, or so long ago, as 30m, 12h, 7d. */
export const timeOption =
  (now: number) =>
  (text: string): number => {
    const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
    if (count !== undefined) return now - Number(count) * unitMs[unit as keyof typeof unitMs];
    const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(time)) {
      throw new InvalidArgumentError('It is a time as 2026-01-31T12:00:00Z, or how long ago as 30m, 12h, 7d.');
    }
    return time;
  };

export const wholeNumberOption =
  (from: number, to: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It is a whole number of ${String(from)}-${String(to)}.`);
  };

/** partition/offset */
export const placeOption = (text: string): { readonly partition: number; readonly offset: number } => {
  const [, partition, offset] = /^(\d{1,6})\/(\d{1,15})$/.exec(text) ?? [];
  if (partition === undefined) throw new InvalidArgumentError('It is partition/offset, for example 2/117.');
  return { partition: Number(partition), offset: Number(offset) };
};

/** partition:from-to, both offsets included; several add up. */
export const offsetsOption = (
  text: string,
  before: readonly { readonly partition: number; readonly from: number; readonly to: number }[],
): { readonly partition: number; readonly from: number; readonly to: number }[] => {
  const [, partition, from, to] = /^(\d{1,6}):(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  const isInOrder = partition !== undefined && Number(from) <= Number(to);
  if (!isInOrder) throw new InvalidArgumentError('It is partition:from-to, for example 2:100-200.');
  if (before.some((range) => range.partition === Number(partition))) {
    throw new InvalidArgumentError('A partition is named once.');
  }
  return [...before, { partition: Number(partition), from: Number(from), to: Number(to) + 1 }];
};

/** Several, with commas between them. */
export const listOption = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
