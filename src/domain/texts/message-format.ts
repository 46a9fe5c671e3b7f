import { IntlMessageFormat } from 'intl-messageformat';

/** One part of a compiled text: words, a placeholder, a plural with its branches. */
export type MessageElement = ReturnType<IntlMessageFormat['getAst']>[number];

/** The parser's own numbers for the kinds of elements. */
export const elementKinds = {
  ...{ literal: 0, argument: 1, number: 2, date: 3, time: 4, select: 5, plural: 6, pound: 7, tag: 8 },
} as const;

export const kindOf = ({ type }: MessageElement): number => type;

/**
 * Digits are pinned to Latin in every language: CLDR's default for Arabic differs by country and by its version, and a
 * description must be the same bytes whenever and wherever it is rendered again.
 */
const withLatinDigits = (locale: string): string => new Intl.Locale(locale, { numberingSystem: 'latn' }).toString();

/**
 * `{points}` as `{points, number}`: written plainly, 1,000,000 points would be seven digits on end, which is a telephone
 * number to the rules of a description, and no number to most readers.
 */
const withNumbers = (elements: readonly MessageElement[]): MessageElement[] =>
  elements.map((element) => {
    if (kindOf(element) === elementKinds.argument) {
      return Object.assign({}, element, { type: elementKinds.number, style: null });
    }
    if (!('options' in element)) return element;
    const options = Object.entries(element.options).map(
      ([selector, branch]) => [selector, { ...branch, value: withNumbers(branch.value) }] as const,
    );
    return Object.assign({}, element, { options: Object.fromEntries(options) });
  });

/**
 * Compiles an ICU MessageFormat text. Tags are for mark-up, and descriptions are plain text: `<` is a character like any
 * other.
 * @throws SyntaxError where it is none; FormatError and others when it is formatted and cannot be
 */
export const compileMessage = (text: string, locale: string): IntlMessageFormat => {
  const tag = withLatinDigits(locale);
  const elements = new IntlMessageFormat(text, tag, undefined, { ignoreTag: true }).getAst();
  return new IntlMessageFormat(withNumbers(elements), tag);
};

/** Control characters, line separators, byte-order mark, bidi marks and embeddings: isolates (U+2066-2069) may stay. */
const unfit = /[{}\p{Cc}\u061c\u200e\u200f\u2028-\u202e\ufeff]/u;

/** Whether a rendered message is plain text that says something. */
export const isPlainText = (rendered: string): boolean => rendered.trim() !== '' && !unfit.test(rendered);
