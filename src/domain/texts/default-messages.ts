/** The sentences the service says; every one takes `points`. */
export type MessageKey =
  | 'points.earned'
  | 'points.bonus'
  | 'points.spent'
  | 'points.returned'
  | 'points.taken_back'
  | 'points.balance'
  | 'points.owed';

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
  'points.bonus': {
    en: '{points, plural, one {You received # bonus point} other {You received # bonus points}}',
    ar: [
      '{points, plural,',
      'zero {لم تحصل على أي نقاط إضافية}',
      'one {حصلت على نقطة إضافية واحدة}',
      'two {حصلت على نقطتين إضافيتين}',
      'few {حصلت على # نقاط إضافية}',
      'many {حصلت على # نقطة إضافية}',
      'other {حصلت على # نقطة إضافية}}',
    ].join(' '),
    he: '{points, plural, one {קיבלת נקודת בונוס אחת} two {קיבלת שתי נקודות בונוס} other {קיבלת # נקודות בונוס}}',
  },
  'points.spent': {
    en: '{points, plural, one {You spent # point} other {You spent # points}}',
    ar: [
      '{points, plural,',
      'zero {لم تستخدم أي نقاط}',
      'one {استخدمت نقطة واحدة}',
      'two {استخدمت نقطتين}',
      'few {استخدمت # نقاط}',
      'many {استخدمت # نقطة}',
      'other {استخدمت # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {השתמשת בנקודה אחת} two {השתמשת בשתי נקודות} other {השתמשת ב-# נקודות}}',
  },
  'points.returned': {
    en: '{points, plural, one {# point was returned to you} other {# points were returned to you}}',
    ar: [
      '{points, plural,',
      'zero {لم تُعَد إليك أي نقاط}',
      'one {أعيدت إليك نقطة واحدة}',
      'two {أعيدت إليك نقطتان}',
      'few {أعيدت إليك # نقاط}',
      'many {أعيدت إليك # نقطة}',
      'other {أعيدت إليك # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {נקודה אחת הוחזרה אליך} two {שתי נקודות הוחזרו אליך} other {# נקודות הוחזרו אליך}}',
  },
  'points.taken_back': {
    en: '{points, plural, one {# point was taken back} other {# points were taken back}}',
    ar: [
      '{points, plural,',
      'zero {لم تُسترد أي نقاط}',
      'one {استُردت نقطة واحدة}',
      'two {استُردت نقطتان}',
      'few {استُردت # نقاط}',
      'many {استُردت # نقطة}',
      'other {استُردت # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {נקודה אחת נלקחה בחזרה} two {שתי נקודות נלקחו בחזרה} other {# נקודות נלקחו בחזרה}}',
  },
  'points.owed': {
    en: '{points, plural, one {You owe # point} other {You owe # points}}',
    ar: [
      '{points, plural,',
      'zero {ليس عليك أي نقاط}',
      'one {عليك نقطة واحدة}',
      'two {عليك نقطتان}',
      'few {عليك # نقاط}',
      'many {عليك # نقطة}',
      'other {عليك # نقطة}}',
    ].join(' '),
    he: '{points, plural, one {יתרת חוב של נקודה אחת} two {יתרת חוב של שתי נקודות} other {יתרת חוב של # נקודות}}',
  },
};
