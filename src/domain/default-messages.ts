/** The sentences the service says; every one takes `points`. */
export type MessageKey = 'points.earned' | 'points.balance';

/** Languages every message is written in before any translator has been at work. */
export type BuiltInLocale = 'en' | 'ar' | 'he';

/**
 * ICU MessageFormat texts that `translations` is seeded with. Each plural has every branch CLDR gives the language: a
 * missing one would silently fall to `other`.
 */
export const defaultMessages: Readonly<Record<MessageKey, Readonly<Record<BuiltInLocale, string>>>> = {
  'points.earned': {
    en: '{points, plural, one {You earned # point} other {You earned # points}}',
    ar: [
      '{points, plural,',
      'zero {لم تكسب أي نقاط}',
      'one {كسبت نقطة واحدة}',
      'two {كسبت نقطتين}',
      'few {كسبت # نقاط}',
      'many {كسبت # نقطة}',
      'other {كسبت # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {צברת נקודה אחת} two {צברת שתי נקודות} other {צברת # נקודות}}',
  },
  'points.balance': {
    en: '{points, plural, one {You have # point} other {You have # points}}',
    ar: [
      '{points, plural,',
      'zero {ليس لديك أي نقاط}',
      'one {لديك نقطة واحدة}',
      'two {لديك نقطتان}',
      'few {لديك # نقاط}',
      'many {لديك # نقطة}',
      'other {لديك # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {יש לך נקודה אחת} two {יש לך שתי נקודות} other {יש לך # נקודות}}',
  },
};
