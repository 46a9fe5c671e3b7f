import { describe, expect, test } from 'vitest';
import { createMessages, defaultMessages, type MessageKey } from '../../../src/domain/index.ts';

const builtIn: Readonly<Record<string, Readonly<Record<string, string>>>> = defaultMessages;
const messages = createMessages((key, locale) => builtIn[key]?.[locale]);

/** What a customer reads for 0, 1, 2, 3, 11, 100 and 1,000,000 points. */
const sentences: readonly (readonly [MessageKey, 'en' | 'ar' | 'he', readonly string[]])[] = [
  [
    'points.earned',
    'en',
    [
      'You earned 0 points',
      'You earned 1 point',
      'You earned 2 points',
      'You earned 3 points',
      'You earned 11 points',
      'You earned 100 points',
      'You earned 1,000,000 points',
    ],
  ],
  [
    'points.earned',
    'ar',
    [
      'لم تكسب أي نقاط',
      'كسبت نقطة واحدة',
      'كسبت نقطتين',
      'كسبت 3 نقاط',
      'كسبت 11 نقطة',
      'كسبت 100 نقطة',
      'كسبت 1,000,000 نقطة',
    ],
  ],
  [
    'points.earned',
    'he',
    [
      'צברת 0 נקודות',
      'צברת נקודה אחת',
      'צברת שתי נקודות',
      'צברת 3 נקודות',
      'צברת 11 נקודות',
      'צברת 100 נקודות',
      'צברת 1,000,000 נקודות',
    ],
  ],
  [
    'points.balance',
    'en',
    [
      'You have 0 points',
      'You have 1 point',
      'You have 2 points',
      'You have 3 points',
      'You have 11 points',
      'You have 100 points',
      'You have 1,000,000 points',
    ],
  ],
  [
    'points.balance',
    'ar',
    [
      'ليس لديك أي نقاط',
      'لديك نقطة واحدة',
      'لديك نقطتان',
      'لديك 3 نقاط',
      'لديك 11 نقطة',
      'لديك 100 نقطة',
      'لديك 1,000,000 نقطة',
    ],
  ],
  [
    'points.balance',
    'he',
    [
      'יש לך 0 נקודות',
      'יש לך נקודה אחת',
      'יש לך שתי נקודות',
      'יש לך 3 נקודות',
      'יש לך 11 נקודות',
      'יש לך 100 נקודות',
      'יש לך 1,000,000 נקודות',
    ],
  ],
  [
    'points.bonus',
    'en',
    [
      'You received 0 bonus points',
      'You received 1 bonus point',
      'You received 2 bonus points',
      'You received 3 bonus points',
      'You received 11 bonus points',
      'You received 100 bonus points',
      'You received 1,000,000 bonus points',
    ],
  ],
  [
    'points.bonus',
    'ar',
    [
      'لم تحصل على أي نقاط إضافية',
      'حصلت على نقطة إضافية واحدة',
      'حصلت على نقطتين إضافيتين',
      'حصلت على 3 نقاط إضافية',
      'حصلت على 11 نقطة إضافية',
      'حصلت على 100 نقطة إضافية',
      'حصلت على 1,000,000 نقطة إضافية',
    ],
  ],
  [
    'points.bonus',
    'he',
    [
      'קיבלת 0 נקודות בונוס',
      'קיבלת נקודת בונוס אחת',
      'קיבלת שתי נקודות בונוס',
      'קיבלת 3 נקודות בונוס',
      'קיבלת 11 נקודות בונוס',
      'קיבלת 100 נקודות בונוס',
      'קיבלת 1,000,000 נקודות בונוס',
    ],
  ],
  [
    'points.spent',
    'en',
    [
      'You spent 0 points',
      'You spent 1 point',
      'You spent 2 points',
      'You spent 3 points',
      'You spent 11 points',
      'You spent 100 points',
      'You spent 1,000,000 points',
    ],
  ],
  [
    'points.spent',
    'ar',
    [
      'لم تستخدم أي نقاط',
      'استخدمت نقطة واحدة',
      'استخدمت نقطتين',
      'استخدمت 3 نقاط',
      'استخدمت 11 نقطة',
      'استخدمت 100 نقطة',
      'استخدمت 1,000,000 نقطة',
    ],
  ],
  [
    'points.spent',
    'he',
    [
      'השתמשת ב-0 נקודות',
      'השתמשת בנקודה אחת',
      'השתמשת בשתי נקודות',
      'השתמשת ב-3 נקודות',
      'השתמשת ב-11 נקודות',
      'השתמשת ב-100 נקודות',
      'השתמשת ב-1,000,000 נקודות',
    ],
  ],
  [
    'points.returned',
    'en',
    [
      '0 points were returned to you',
      '1 point was returned to you',
      '2 points were returned to you',
      '3 points were returned to you',
      '11 points were returned to you',
      '100 points were returned to you',
      '1,000,000 points were returned to you',
    ],
  ],
  [
    'points.returned',
    'ar',
    [
      'لم تُعَد إليك أي نقاط',
      'أعيدت إليك نقطة واحدة',
      'أعيدت إليك نقطتان',
      'أعيدت إليك 3 نقاط',
      'أعيدت إليك 11 نقطة',
      'أعيدت إليك 100 نقطة',
      'أعيدت إليك 1,000,000 نقطة',
    ],
  ],
  [
    'points.returned',
    'he',
    [
      '0 נקודות הוחזרו אליך',
      'נקודה אחת הוחזרה אליך',
      'שתי נקודות הוחזרו אליך',
      '3 נקודות הוחזרו אליך',
      '11 נקודות הוחזרו אליך',
      '100 נקודות הוחזרו אליך',
      '1,000,000 נקודות הוחזרו אליך',
    ],
  ],
  [
    'points.taken_back',
    'en',
    [
      '0 points were taken back',
      '1 point was taken back',
      '2 points were taken back',
      '3 points were taken back',
      '11 points were taken back',
      '100 points were taken back',
      '1,000,000 points were taken back',
    ],
  ],
  [
    'points.taken_back',
    'ar',
    [
      'لم تُسترد أي نقاط',
      'استُردت نقطة واحدة',
      'استُردت نقطتان',
      'استُردت 3 نقاط',
      'استُردت 11 نقطة',
      'استُردت 100 نقطة',
      'استُردت 1,000,000 نقطة',
    ],
  ],
  [
    'points.taken_back',
    'he',
    [
      '0 נקודות נלקחו בחזרה',
      'נקודה אחת נלקחה בחזרה',
      'שתי נקודות נלקחו בחזרה',
      '3 נקודות נלקחו בחזרה',
      '11 נקודות נלקחו בחזרה',
      '100 נקודות נלקחו בחזרה',
      '1,000,000 נקודות נלקחו בחזרה',
    ],
  ],
  [
    'points.owed',
    'en',
    [
      'You owe 0 points',
      'You owe 1 point',
      'You owe 2 points',
      'You owe 3 points',
      'You owe 11 points',
      'You owe 100 points',
      'You owe 1,000,000 points',
    ],
  ],
  [
    'points.owed',
    'ar',
    [
      'ليس عليك أي نقاط',
      'عليك نقطة واحدة',
      'عليك نقطتان',
      'عليك 3 نقاط',
      'عليك 11 نقطة',
      'عليك 100 نقطة',
      'عليك 1,000,000 نقطة',
    ],
  ],
  [
    'points.owed',
    'he',
    [
      'יתרת חוב של 0 נקודות',
      'יתרת חוב של נקודה אחת',
      'יתרת חוב של שתי נקודות',
      'יתרת חוב של 3 נקודות',
      'יתרת חוב של 11 נקודות',
      'יתרת חוב של 100 נקודות',
      'יתרת חוב של 1,000,000 נקודות',
    ],
  ],
];

describe('the default messages for 0, 1, 2, 3, 11, 100 and 1,000,000', () => {
  test.each(sentences)('say %s in %s', (key, locale, expected) => {
    const said = [0, 1, 2, 3, 11, 100, 1_000_000].map((points) => messages.render(key, locale, 'en', { points }));
    expect(said).toStrictEqual(expected.map((text) => ({ locale, text })));
  });

  test('are all of them read here', () => {
    const all = Object.entries(builtIn).flatMap(([key, texts]) =>
      Object.keys(texts).map((locale) => `${key} ${locale}`),
    );
    expect(sentences.map(([key, locale]) => `${key} ${locale}`).toSorted()).toStrictEqual(all.toSorted());
    expect(sentences).toHaveLength(21);
  });
});
