import type { Canaries } from './canaries.ts';

/** Something that was read: where from, and its bytes. */
export interface Held {
  readonly place: string;
  readonly bytes: Buffer;
}

/** The characters of base64 that depend on the text alone, wherever in a longer one it stands. */
const base64Cores = (text: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + text).toString('base64');
    const from = Math.ceil((shift * 8) / 6);
    return encoded.slice(from, encoded.length - 4);
  });

/** Every way in which a text may be written down: as it is, in UTF-16, base64, hexadecimal, backwards or lower case. */
const formsOf = (text: string): readonly Buffer[] => [
  ...[text, text.toLowerCase(), text.toUpperCase(), Array.from(text).reverse().join('')].map((form) =>
    Buffer.from(form),
  ),
  ...[Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()],
  ...base64Cores(text).map((form) => Buffer.from(form)),
  ...base64Cores(text).map((form) => Buffer.from(form.replaceAll('+', '-').replaceAll('/', '_'))),
  Buffer.from(Buffer.from(text).toString('hex')),
];

/** Bytes that are shown before and after. */
const around = 60;

/** Where canaries are; empty when nothing personal is held. Says what stands around, which tells the field. */
export const findCanaries = (
  held: Iterable<Held>,
  { mark, digits }: Pick<Canaries, 'mark' | 'digits'>,
): readonly string[] => {
  const forms = [...formsOf(mark), ...formsOf(digits)];
  const found: string[] = [];
  for (const { place, bytes } of held) {
    for (const form of forms) {
      const at = bytes.indexOf(form);
      if (at === -1) continue;
      const context = bytes.subarray(Math.max(0, at - around), at + form.length + around).toString('latin1');
      found.push(`${place}: …${JSON.stringify(context).slice(1, -1)}…`);
      break;
    }
  }
  return found;
};
