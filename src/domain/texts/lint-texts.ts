import { type BuiltInLocale, defaultMessages, type MessageKey } from './default-messages.ts';
import type { LintRules, TextFault, TextToLint } from './lint-fault.ts';
import { lintText, sampleNumbers } from './lint-text.ts';
import { lastResortLocale } from './locale.ts';
import { compileMessage } from './message-format.ts';

export interface LocatedFault extends TextFault {
  readonly key: string;
  readonly locale: string;
}

/** Languages that every message must be there in. */
const requiredLocales = ['en', 'ar', 'he'] as const satisfies readonly BuiltInLocale[];

const messageKeys = Object.keys(defaultMessages) as readonly MessageKey[];

/** The texts that the service brings with it. */
export const builtInTexts: readonly TextToLint[] = messageKeys.flatMap((key) =>
  requiredLocales.map((locale) => ({ key, locale, value: defaultMessages[key][locale] })),
);

/** Everything that is wrong with a catalogue: with each text, and the texts that are missing. */
export const lintTexts = (texts: readonly TextToLint[], rules: LintRules): readonly LocatedFault[] => {
  const present = new Set(texts.map(({ key, locale }) => `${key}:${locale}`));
  const missing = messageKeys.flatMap((key) =>
    requiredLocales
      .filter((locale) => !present.has(`${key}:${locale}`))
      .map((locale): LocatedFault => ({ key, locale, code: 'missing', message: 'is missing' })),
  );
  const wrong = texts.flatMap((text) =>
    lintText(text, rules).map((fault) => ({ key: text.key, locale: text.locale, ...fault })),
  );
  return [...missing, ...wrong];
};

/** One text as whoever checks a translation, a person or a machine, should see it. */
export interface TextReview {
  readonly key: string;
  readonly locale: string;
  readonly value: string;
  readonly sentences: readonly {
    readonly points: number;
    /** What a customer reads; null where it cannot be rendered. */
    readonly text: string | null;
    /** The same in English, which the other must mean. */
    readonly english: string | null;
  }[];
}

const rendered = (value: string | undefined, locale: string, points: number): string | null => {
  try {
    return value === undefined ? null : String(compileMessage(value, locale).format({ points }));
  } catch {
    // What is wrong with it, the lint tells.
    return null;
  }
};

/** Every text of a catalogue beside its English one, rendered for the sample numbers. */
export const reviewTexts = (texts: readonly TextToLint[]): readonly TextReview[] => {
  const english = new Map(
    texts.filter(({ locale }) => locale === lastResortLocale).map(({ key, value }) => [key, value]),
  );
  const builtIn = new Map(messageKeys.map((key) => [key as string, defaultMessages[key][lastResortLocale]]));
  return texts.map(({ key, locale, value }) => ({
    ...{ key, locale, value },
    sentences: sampleNumbers.map((points) => ({
      points,
      text: rendered(value, locale, points),
      english: rendered(english.get(key) ?? builtIn.get(key), lastResortLocale, points),
    })),
  }));
};
