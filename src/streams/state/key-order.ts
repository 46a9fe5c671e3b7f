import type { KeyRange } from './store.ts';

const firstSurrogate = 0xd800;
const lastSurrogate = 0xdfff;
const mayDiffer = /[\ud800-\uffff]/;

/**
 * A key as every store and its changelog keep it: half a surrogate pair has no bytes in UTF-8 and becomes U+FFFD there,
 * so it is that from the beginning and not only after a restart.
 */
export const storedKey = (key: string): string => key.toWellFormed();

/**
 * Orders keys as their UTF-8 bytes are ordered. `<` of JavaScript compares UTF-16 units: it puts what is encoded as a
 * surrogate pair (U+10000 and above) before U+E000 to U+FFFF, where its bytes come after.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (mayDiffer.test(a) && mayDiffer.test(b)) return compareUnits(a, b);
  return a < b ? -1 : 1;
}

function compareUnits(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

/** Surrogates above all other units. */
const rankOf = (unit: number): number => (unit >= firstSurrogate && unit <= lastSurrogate ? unit + 0x10000 : unit);

export const isInRange = (key: string, { from, to }: KeyRange): boolean =>
  (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0);

/** The range with bounds as keys are stored. */
export const storedRange = (range: KeyRange): KeyRange => ({
  ...range,
  ...(range.from === undefined ? {} : { from: storedKey(range.from) }),
  ...(range.to === undefined ? {} : { to: storedKey(range.to) }),
});
