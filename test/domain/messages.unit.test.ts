import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { type BuiltInLocale, createMessages, defaultMessages, type MessageKey } from '../../src/domain/index.ts';

const builtIn: Readonly<Record<string, Readonly<Record<string, string>>>> = defaultMessages;
const messages = createMessages((key, locale) => builtIn[key]?.[locale]);

const rendered = (key: MessageKey, locale: string): string[] =>
  [0, 1, 2, 3, 11, 100, 1_000_000].map((points) => messages.render(key, locale, 'en', { points }).text);

describe('the default messages for 0, 1, 2, 3, 11, 100 and 1,000,000', () => {
  it('say what was earned in English', () => {
    expect(rendered('points.earned', 'en')).toStrictEqual([
      'You earned 0 points',
      'You earned 1 point',
      'You earned 2 points',
      'You earned 3 points',
      'You earned 11 points',
      'You earned 100 points',
      'You earned 1,000,000 points',
    ]);
  });

  it('say what was earned in Arabic', () => {
    expect(rendered('points.earned', 'ar')).toStrictEqual([
      'لم تكسب أي نقاط',
      'كسبت نقطة واحدة',
      'كسبت نقطتين',
      'كسبت 3 نقاط',
      'كسبت 11 نقطة',
      'كسبت 100 نقطة',
      'كسبت 1,000,000 نقطة',
    ]);
  });

  it('say what was earned in Hebrew', () => {
    expect(rendered('points.earned', 'he')).toStrictEqual([
      'צברת 0 נקודות',
      'צברת נקודה אחת',
      'צברת שתי נקודות',
      'צברת 3 נקודות',
      'צברת 11 נקודות',
      'צברת 100 נקודות',
      'צברת 1,000,000 נקודות',
    ]);
  });

  it('say the balance in English', () => {
    expect(rendered('points.balance', 'en')).toStrictEqual([
      'You have 0 points',
      'You have 1 point',
      'You have 2 points',
      'You have 3 points',
      'You have 11 points',
      'You have 100 points',
      'You have 1,000,000 points',
    ]);
  });

  it('say the balance in Arabic', () => {
    expect(rendered('points.balance', 'ar')).toStrictEqual([
      'ليس لديك أي نقاط',
      'لديك نقطة واحدة',
      'لديك نقطتان',
      'لديك 3 نقاط',
      'لديك 11 نقطة',
      'لديك 100 نقطة',
      'لديك 1,000,000 نقطة',
    ]);
  });

  it('say the balance in Hebrew', () => {
    expect(rendered('points.balance', 'he')).toStrictEqual([
      'יש לך 0 נקודות',
      'יש לך נקודה אחת',
      'יש לך שתי נקודות',
      'יש לך 3 נקודות',
      'יש לך 11 נקודות',
      'יש לך 100 נקודות',
      'יש לך 1,000,000 נקודות',
    ]);
  });
});

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
