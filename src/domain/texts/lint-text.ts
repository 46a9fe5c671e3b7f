import type { IntlMessageFormat } from 'intl-messageformat';
import { defaultMessages } from './default-messages.ts';
import type { LintRule, LintRules, TextFault, TextToLint } from './lint-fault.ts';
import { exactNumbers, syntaxFaults } from './lint-syntax.ts';
import { negotiateLocale } from './locale.ts';
import { compileMessage, isPlainText } from './message-format.ts';

/** In one or another language each of these takes another branch: Arabic has six, French has one for a million. */
export const sampleNumbers = [0, 1, 2, 3, 11, 100, 1_000_000] as const;

/** As many characters as the ledger takes of a description. */
const longestSentence = 280;

/** As many as the collection takes of a text. */
const longestText = 2_000;

/** Surrogates that stand alone, private and unassigned characters, the mark of a wrong decoding, invisible spaces. */
const unfitCharacters = /[\p{Cs}\p{Co}\p{Cn}\ufffd\u00ad\u200b\u2060]/u;
const opening = /[\u2066-\u2068]/gu;
const closing = /\u2069/gu;

const brokenRules = (rules: readonly LintRule[], text: string): readonly TextFault[] =>
  rules
    .filter(({ pattern }) => new RegExp(pattern, 'u').test(text))
    .map(({ code, refusal }) => ({ code, message: refusal }));

const localeFault = (locale: string): TextFault | undefined => {
  const tag = negotiateLocale(locale, '');
  const code = 'locale_unusable';
  if (tag === '')
    return { code, message: 'is in no language: its locale is not a BCP 47 tag of language, script, region' };
  if (tag !== locale) return { code, message: `is never looked up: its locale must be written ${tag}` };
  if (Intl.PluralRules.supportedLocalesOf(locale).length > 0) return undefined;
  return { code, message: 'is in a language whose plural rules are not known' };
};

const characterFaults = (text: string): readonly TextFault[] => {
  const faults: TextFault[] = [];
  const code = 'unfit_character';
  if (unfitCharacters.test(text)) faults.push({ code, message: 'holds a character that is none, or is invisible' });
  if ((text.match(opening)?.length ?? 0) !== (text.match(closing)?.length ?? 0)) {
    faults.push({ code, message: 'leaves a direction isolate open' });
  }
  return faults;
};

const sentenceFaults = (sentence: string, rules: LintRules): readonly TextFault[] => {
  const faults = [...brokenRules(rules.sentence, sentence), ...characterFaults(sentence)];
  if (Array.from(sentence).length > longestSentence) {
    faults.push({ code: 'too_long', message: `renders to more than ${longestSentence} characters` });
  }
  if (sentence.trim() === '' || !/\p{L}/u.test(sentence)) {
    faults.push({ code: 'unfit_character', message: 'renders to no words' });
  } else if (faults.length === 0 && !isPlainText(sentence)) {
    faults.push({ code: 'unfit_character', message: 'renders to what is no plain text' });
  }
  return faults;
};

/** A sentence that reads the same for two numbers has lost them. */
const lostNumbers = (sentences: ReadonlyMap<number, string>): readonly TextFault[] =>
  [...Map.groupBy(sentences.keys(), (points) => sentences.get(points)).values()]
    .filter((alike) => alike.length > 1)
    .map((alike) => ({ code: 'number_lost', message: `says the same for ${alike.join(', ')} points` }));

const renderedFaults = (message: IntlMessageFormat, rules: LintRules): readonly TextFault[] => {
  const sentences = new Map<number, string>();
  for (const points of [...sampleNumbers, ...exactNumbers(message.getAst())]) {
    try {
      sentences.set(points, String(message.format({ points })));
    } catch {
      // The only way to ask whether a format can be carried out.
      return [{ code: 'malformed', message: `cannot be rendered for ${points} points` }];
    }
  }
  return [...[...sentences.values()].flatMap((sentence) => sentenceFaults(sentence, rules)), ...lostNumbers(sentences)];
};

const compiled = (value: string, locale: string): IntlMessageFormat | undefined => {
  try {
    return compileMessage(value, locale);
  } catch {
    // The only way to ask whether a text is well formed.
    return undefined;
  }
};

const onceEach = (faults: readonly TextFault[]): readonly TextFault[] => [
  ...new Map(faults.map((fault) => [`${fault.code} ${fault.message}`, fault])).values(),
];

/**
 * Everything that is wrong with one text, as its readers would come to see it: a malformed text, a placeholder that is
 * never filled or would carry personal data, a plural branch that CLDR gives the language and the text does not have, a
 * sentence that has lost its number, characters unfit for plain text. Empty where it may be used.
 */
export const lintText = ({ key, locale, value }: TextToLint, rules: LintRules): readonly TextFault[] => {
  const faults: TextFault[] = [];
  if (!Object.hasOwn(defaultMessages, key)) {
    faults.push({ code: 'unknown_key', message: 'is a message that the service never says' });
  }
  faults.push(...brokenRules(rules.text, value), ...characterFaults(value));
  if (Array.from(value).length > longestText) {
    faults.push({ code: 'too_long', message: `is longer than ${longestText} characters` });
  }
  const unusable = localeFault(locale);
  if (unusable !== undefined) return [...faults, unusable];
  const message = compiled(value, locale);
  if (message === undefined) {
    return [...faults, { code: 'malformed', message: 'is no well-formed ICU MessageFormat text' }];
  }
  const syntax = syntaxFaults(message.getAst(), locale);
  faults.push(...syntax);
  // What asks for more than it is given renders to nothing that could be judged.
  const isGiven = syntax.every(({ code }) => code !== 'unknown_placeholder' && code !== 'personal_data');
  if (isGiven) faults.push(...renderedFaults(message, rules));
  return onceEach(faults);
};
