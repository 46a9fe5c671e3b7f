/** A text must hold no match of the pattern. */
export interface TextRule {
  /** What is wrong with a text that matches. */
  readonly code: 'unfit_character' | 'personal_data';
  /** Completes "description …" when the rule refuses one. */
  readonly refusal: string;
  /** A regular expression that PCRE (the server) and JavaScript with the `u` flag read the same way. */
  readonly pattern: string;
}

// Neither `\s` nor `\d` is used: in PCRE they know ASCII only, and Arabic-Indic digits dial as well.
const digit = '\\p{Nd}';
/** What people put between the digits of a telephone number; never a comma, which groups thousands. */
const separator = '[\\p{Zs}\\p{Cf}\\p{Pd}.()/_]';
const atSign = '[@\uff20\ufe6b]';
const dot = '[.\uff0e]';

/** `1 000 000` and `1.000.000`: points, written as many languages do. Numbers do not begin with 0, telephones do. */
const groupedThousands = `(?![0\u0660\u06f0\u0966])${digit}{1,3}([.\\p{Zs}])${digit}{3}(?:\\1${digit}{3})*`;
const date = `${digit}{4}-${digit}{2}-${digit}{2}|${digit}{1,2}[./-]${digit}{1,2}[./-]${digit}{4}`;
const wholeNumberOrDate = `(?:${groupedThousands}|${date})(?!${separator}{0,3}${digit})`;
/** Lookbehinds have a fixed length in PCRE, hence one for each number of separators. */
const notInsideNumber = [0, 1, 2, 3].map((length) => `(?<!${digit}${separator}{${length}})`).join('');
const sevenDigits = `${digit}(?:${separator}{0,3}${digit}){6,}`;

const telephone = [
  `[+\uff0b]${separator}{0,2}${sevenDigits}`,
  `${notInsideNumber}(?!${wholeNumberOrDate})${sevenDigits}`,
];

const address = [
  '://',
  '(?:https?|ftp):',
  '(?:mailto|tel|sms):[^\\p{Zs}]',
  `\\bwww${dot}`,
  // A domain without a scheme. Abbreviations have one letter after a dot, numbers have none.
  `[\\p{L}${digit}]${dot}\\p{L}{2,}`,
];

/** What no text that reaches a customer or the ledger may carry, whoever wrote it. */
export const textRules: readonly TextRule[] = [
  {
    code: 'unfit_character',
    refusal: 'holds a control character, a line break, an invisible direction mark or an angle bracket',
    // Isolates (U+2066-2069) are what our translations hold numbers apart with; the other marks can hide text.
    pattern: '[\\p{Cc}\\p{Zl}\\p{Zp}\u061c\u200e\u200f\u202a-\u202e\ufeff<>]',
  },
  { code: 'personal_data', refusal: 'carries an e-mail address', pattern: `[^\\p{Zs}]${atSign}[^\\p{Zs}]` },
  { code: 'personal_data', refusal: 'carries a telephone number', pattern: telephone.join('|') },
  { code: 'personal_data', refusal: 'carries a URL', pattern: `(?i:${address.join('|')})` },
];

/** What a finished sentence may not carry besides: a placeholder that was never filled. */
export const sentenceRules: readonly TextRule[] = [
  ...textRules,
  { code: 'unfit_character', refusal: 'holds a brace', pattern: '[{}]' },
];
