import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { type BuiltInLocale, createMessages, defaultMessages, type MessageKey } from '../../../src/domain/index.ts';

const builtIn: Readonly<Record<string, Readonly<Record<string, string>>>> = defaultMessages;
const messages = createMessages((key, locale) => builtIn[key]?.[locale]);

describe('the default messages', () => {
  const all = (Object.keys(defaultMessages) as MessageKey[]).flatMap((key) =>
    (Object.keys(defaultMessages[key]) as BuiltInLocale[]).map((locale) => [key, locale] as const),
  );

  it.each(all)('%s in %s has every plural branch of the language', (key, locale) => {
    const [plural, ...rest] = new IntlMessageFormat(defaultMessages[key][locale], locale).getAst();
    expect(rest).toStrictEqual([]);
    const branches = plural !== undefined && 'options' in plural ? Object.keys(plural.options) : [];
    expect(branches.toSorted()).toStrictEqual(
      new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted(),
    );
  });

  it('use the same digits in every Arabic country', () => {
    const inEgypt = createMessages((_key, locale) => (locale === 'ar-EG' ? '{points, number} نقطة' : undefined));
    expect(inEgypt.render('points.balance', 'ar-EG', 'en', { points: 1234 })).toStrictEqual({
      locale: 'ar-EG',
      text: '1,234 نقطة',
    });
  });
});

describe('createMessages', () => {
  it('takes the more general language where the country has no text of its own', () => {
    expect(messages.render('points.earned', 'ar-EG', 'en', { points: 1 })).toStrictEqual({
      locale: 'ar',
      text: 'كسبت نقطة واحدة',
    });
  });

  it("takes the merchant's language where the customer's has no text", () => {
    expect(messages.render('points.earned', 'fr-CA', 'he', { points: 1 })).toStrictEqual({
      locale: 'he',
      text: 'צברת נקודה אחת',
    });
  });

  it('takes built-in English where the catalogue is empty', () => {
    const empty = createMessages(() => undefined);
    expect(empty.render('points.earned', 'ar', 'he', { points: 1 })).toStrictEqual({
      locale: 'en',
      text: 'You earned 1 point',
    });
  });

  it.each([
    ['en', '{points} points', '1,234,567 points'],
    ['de', '{points, plural, one {{points} Punkt} other {{points} Punkte}}', '1.234.567 Punkte'],
    ['ar', '{points} نقطة', '1,234,567 نقطة'],
  ])(
    'groups the digits of a number that is written plainly in %s, or it would read as a telephone',
    (locale, text, said) => {
      const plain = createMessages(() => text);
      expect(plain.render('points.earned', locale, 'en', { points: 1_234_567 }).text).toBe(said);
    },
  );

  it('sees a translation that changed', () => {
    let text = 'first';
    const changing = createMessages(() => text);
    expect(changing.render('points.earned', 'en', 'en', { points: 1 }).text).toBe('first');
    text = 'second';
    expect(changing.render('points.earned', 'en', 'en', { points: 1 }).text).toBe('second');
  });

  it.each([
    ['does not compile', '{points, plural, one {x}', 'malformed'],
    ['has no other branch', '{points, plural, one {x}}', 'malformed'],
    ['wants a value nobody has', 'Dear {name}', 'missing_value'],
    ['renders a brace', "'{'points'}'", 'unfit_text'],
    ['renders a line break', 'a\nb', 'unfit_text'],
    ['renders a bidi override', 'a\u202eb', 'unfit_text'],
    ['renders nothing', '  ', 'unfit_text'],
  ])('passes over a translation that %s, and tells', (_what, text, reason) => {
    const told: unknown[] = [];
    const broken = createMessages((_key, locale) => (locale === 'fr' ? text : undefined), {
      onUnusable: (...facts) => told.push(facts),
    });
    expect(broken.render('points.earned', 'fr', 'en', { points: 2 }).text).toBe('You earned 2 points');
    expect(told).toStrictEqual([['points.earned', 'fr', reason]]);
  });

  it.each(['\u2068{points}\u2069 x', 'a < b', '<b>{points}</b>'])('uses %j as it is', (text) => {
    const plain = createMessages(() => text);
    expect(plain.render('points.earned', 'en', 'en', { points: 7 }).text).toBe(text.replace('{points}', '7'));
  });
});
