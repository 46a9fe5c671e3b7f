import { ErrorCode, FormatError, type IntlMessageFormat } from 'intl-messageformat';
import { LRUCache } from 'lru-cache';
import { defaultMessages, type MessageKey } from './default-messages.ts';
import { lastResortLocale, localeChain } from './locale.ts';
import { compileMessage, isPlainText } from './message-format.ts';

/** ICU MessageFormat text of a message in exactly this locale; undefined where it has none. */
export type MessageCatalogue = (key: MessageKey, locale: string) => string | undefined;

interface RenderedMessage {
  /** BCP 47 tag of the language the text is in, which may be more general than the one asked for. */
  readonly locale: string;
  /** Plain text: no braces, no control characters but bidi isolates. */
  readonly text: string;
}

interface MessageValues {
  /** An integer >= 0. */
  readonly points: number;
}

export interface Messages {
  /** Never fails: an unusable translation is passed over, and built-in English comes last. */
  render(key: MessageKey, locale: string, merchantDefaultLocale: string, values: MessageValues): RenderedMessage;
}

/** Does not compile, wants a value that messages are not given, or renders to what is no plain text. */
type UnusableReason = 'malformed' | 'missing_value' | 'unfit_text';

export interface MessagesOptions {
  /** Told each time a translation is passed over. */
  readonly onUnusable?: (key: MessageKey, locale: string, reason: UnusableReason) => void;
  /** Compiled messages kept in memory; 1,000 by default. */
  readonly maxCompiled?: number;
  /** Rendered messages kept in memory; 10,000 by default. Most orders earn one of a few hundred amounts. */
  readonly maxRendered?: number;
}

const reasonOf = (thrown: unknown): UnusableReason =>
  thrown instanceof FormatError && thrown.code === ErrorCode.MISSING_VALUE ? 'missing_value' : 'malformed';

/**
 * Renders messages from a catalogue that may change at any time: compiled messages are kept by their text.
 * @example createMessages((key, locale) => translations.get(`${key}:${locale}`))
 */
export const createMessages = (catalogue: MessageCatalogue, options: MessagesOptions = {}): Messages => {
  const compiled = new LRUCache<string, IntlMessageFormat>({ max: options.maxCompiled ?? 1_000 });

  const rendered = new LRUCache<string, string>({ max: options.maxRendered ?? 10_000 });

  const compile = (text: string, locale: string): IntlMessageFormat => {
    const id = `${locale}\n${text}`;
    const known = compiled.get(id);
    if (known !== undefined) return known;
    const message = compileMessage(text, locale);
    compiled.set(id, message);
    return message;
  };

  const renderIn = (
    locale: string,
    text: string,
    values: MessageValues,
  ): RenderedMessage | { reason: UnusableReason } => {
    try {
      const id = `${locale}\n${String(values.points)}\n${text}`;
      const known = rendered.get(id);
      if (known !== undefined) return { locale, text: known };
      const made = String(compile(text, locale).format({ points: values.points }));
      if (!isPlainText(made)) return { reason: 'unfit_text' };
      rendered.set(id, made);
      return { locale, text: made };
    } catch (thrown) {
      return { reason: reasonOf(thrown) };
    }
  };

  return {
    render(key, locale, merchantDefaultLocale, values) {
      for (const candidate of localeChain(locale, merchantDefaultLocale)) {
        const text = catalogue(key, candidate);
        if (text === undefined) continue;
        const message = renderIn(candidate, text, values);
        if ('text' in message) return message;
        options.onUnusable?.(key, candidate, message.reason);
      }
      const builtIn = compile(defaultMessages[key][lastResortLocale], lastResortLocale);
      return { locale: lastResortLocale, text: String(builtIn.format({ points: values.points })) };
    },
  };
};
