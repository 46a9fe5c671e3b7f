/** Four hexadecimal digits of each number below 65,536: a table makes ids cheap enough to make millions of. */
const digits = Array.from({ length: 0x1_0000 }, (_, value) => value.toString(16).padStart(4, '0'));
const hex = (value: number): string => digits[value & 0xffff] ?? '';

/** Scatters a number over 32 bits, the same way every time. */
export function scattered(seed: number, index: number): number {
  let mixed = Math.imul(index + Math.imul(seed, 0x1_0001), 0x9e37_79b1) ^ Math.imul(seed, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The id of a number, in a UUID's form: lies anywhere among the others, as a real one does, and is the same anywhere. */
export function madeUpId(seed: number, index: number): string {
  const [one, two] = [scattered(seed, 2 * index), scattered(seed, 2 * index + 1)];
  const [three, four] = [scattered(seed + 1, 2 * index), scattered(seed + 1, 2 * index + 1)];
  const variant = ((three >>> 16) & 0x3fff) | 0x8000;
  const head = `${hex(one >>> 16)}${hex(one)}-${hex(two >>> 16)}-${hex((two & 0x0fff) | 0x5000)}`;
  return `${head}-${hex(variant)}-${hex(three)}${hex(four >>> 16)}${hex(four)}`;
}
