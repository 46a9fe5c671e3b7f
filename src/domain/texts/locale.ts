import { LRUCache } from 'lru-cache';

/** The language every message exists in. */
export const lastResortLocale = 'en';

/** Longest tag of language, script and region (`zh-Hant-TW` and the like) with room for obsolete forms of them. */
const longestTag = 35;

/** Language of two or three letters, script, region at the start of a canonical tag. */
const coreSubtags = /^(?!und(?:-|$))[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?(?=-|$)/;

const canonical = (tag: string): string | undefined => {
  if (tag.length > longestTag) return undefined;
  try {
    return Intl.getCanonicalLocales(tag.trim().replaceAll('_', '-'))[0];
  } catch {
    // The only way Intl offers to ask whether a tag is well formed.
    return undefined;
  }
};

/**
 * The language a customer reads, as a canonical BCP 47 tag of language, script and region: `iw` → `he`, `pt_BR` →
 * `pt-BR`, `en-x-anything` → `en`. Whatever is not such a tag gives the fallback.
 *
 * Variants and extensions are dropped, and only languages of two or three letters pass: no message depends on more, and
 * free text from outside must not reach records this way.
 */
export const negotiateLocale = (tag: string | null | undefined, fallback: string): string => {
  const locale = typeof tag === 'string' ? canonical(tag) : undefined;
  return (locale === undefined ? undefined : coreSubtags.exec(locale)?.[0]) ?? fallback;
};

/** `zh-Hant-TW` → `zh-Hant-TW`, `zh-Hant`, `zh`. */
const fromSpecificToGeneral = (tag: string): string[] => {
  const subtags = tag.split('-');
  return subtags.map((_, dropped) => subtags.slice(0, subtags.length - dropped).join('-'));
};

/**
 * Where to look for a message, best first: the locale and what it specializes, the merchant's default likewise, English.
 * `('ar-EG', 'he')` → `['ar-EG', 'ar', 'he', 'en']`; tags are negotiated first, so `iw` looks under `he`.
 */
export const localeChain = (locale: string, merchantDefault: string): readonly string[] => {
  const id = `${locale}\n${merchantDefault}`;
  const known = chains.get(id);
  if (known !== undefined) return known;
  const chain = makeChain(locale, merchantDefault);
  chains.set(id, chain);
  return chain;
};

/** Asked for with every record, and there are few: making one costs as much as deciding on the order. */
const chains = new LRUCache<string, readonly string[]>({ max: 1_000 });

const makeChain = (locale: string, merchantDefault: string): readonly string[] => {
  const fallback = negotiateLocale(merchantDefault, lastResortLocale);
  return [
    ...new Set([
      ...fromSpecificToGeneral(negotiateLocale(locale, fallback)),
      ...fromSpecificToGeneral(fallback),
      lastResortLocale,
    ]),
  ];
};
