import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localeChain, negotiateLocale } from '../../../src/domain/index.ts';

describe('negotiateLocale', () => {
  it.each([
    ['en', 'en'],
    ['EN-us', 'en-US'],
    ['ar-EG', 'ar-EG'],
    ['iw', 'he'],
    ['iw-IL', 'he-IL'],
    ['pt_BR', 'pt-BR'],
    ['zh-TW', 'zh-TW'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    [' fr ', 'fr'],
    ['fil', 'fil'],
  ])('reads %j as %s', (tag, locale) => {
    expect(negotiateLocale(tag, 'xx')).toBe(locale);
  });

  it.each([
    ['en-x-alice', 'en'],
    ['en-u-nu-thai', 'en'],
    ['de-DE-1996', 'de-DE'],
  ])('keeps only language, script and region of %j', (tag, locale) => {
    expect(negotiateLocale(tag, 'xx')).toBe(locale);
  });

  it.each([null, undefined, '', '*', 'und', 'alice', 'alice@example.com', 'x-private', 'en-'.repeat(200), 'e'])(
    'falls back for %j',
    (tag) => {
      expect(negotiateLocale(tag, 'he')).toBe('he');
    },
  );

  it('answers any text with a canonical tag or the fallback', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-zA-Z]{1,4}([-_][a-zA-Z0-9]{1,8}){0,3}$/)),
        (tag) => {
          const locale = negotiateLocale(tag, 'en');
          expect(locale).toMatch(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/);
          expect(Intl.getCanonicalLocales(locale)).toStrictEqual([locale]);
        },
      ),
    );
  });
});

describe('localeChain', () => {
  it.each([
    ['ar-EG', 'he', ['ar-EG', 'ar', 'he', 'en']],
    ['zh-Hant-TW', 'pt-BR', ['zh-Hant-TW', 'zh-Hant', 'zh', 'pt-BR', 'pt', 'en']],
    ['en', 'en', ['en']],
    ['en-GB', 'en-US', ['en-GB', 'en', 'en-US']],
    ['iw', 'en', ['he', 'en']],
    ['?', '?', ['en']],
  ])('looks for %s at a merchant of %s under %j', (locale, merchantDefault, chain) => {
    expect(localeChain(locale, merchantDefault)).toStrictEqual(chain);
  });
});
