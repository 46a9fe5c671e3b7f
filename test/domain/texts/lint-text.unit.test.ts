import { describe, expect, test } from 'vitest';
import { sentenceRules, textRules } from '../../../src/adapters/mongo/index.ts';
import { builtInTexts, lintText, lintTexts, reviewTexts } from '../../../src/domain/index.ts';

const rules = { text: textRules, sentence: sentenceRules };

const lint = (value: string, locale = 'en', key = 'points.earned') =>
  lintText({ key, locale, value }, rules).map(({ code, message }) => `${code}: ${message}`);

describe('the lint of one text', () => {
  test.each([
    ['en', '{points, plural, one {# point} other {# points}}'],
    ['en', '{points, plural, =0 {No points} one {# point} other {# points}}'],
    ['en', '{points, plural, one {One point} other {{points} points}}'],
    ['en', '{points, plural, one {# point} other {{points, number} points}}'],
    [
      'en',
      '{points, selectordinal, one {the #st point} two {the #nd point} few {the #rd point} other {the #th point}}',
    ],
    ['he', '{points, plural, one {נקודה אחת} two {שתי נקודות} other {\u2068#\u2069 נקודות}}'],
    ['fr', '{points, plural, one {# point} many {# de points} other {# points}}'],
    ['ja', '{points}ポイントを獲得しました'],
    ['pl', '{points, plural, one {# punkt} few {# punkty} many {# punktów} other {# punktu}}'],
    ['zh-Hant-TW', '您獲得 {points} 點'],
    ['pt-BR', '{points, plural, one {# ponto} many {# de pontos} other {# pontos}}'],
  ])('finds nothing wrong in %s with %j', (locale, value) => {
    expect(lint(value, locale)).toEqual([]);
  });

  test.each([
    ['ends too early', 'en', '{points, plural, one {# point}', 'malformed: is no well-formed ICU MessageFormat text'],
    ['has no other', 'en', '{points, plural, one {# point}}', 'malformed: is no well-formed ICU MessageFormat text'],
    [
      'has a branch twice',
      'en',
      '{points, plural, one {#} one {#} other {#}}',
      'malformed: is no well-formed ICU MessageFormat text',
    ],
    [
      'cannot be carried out',
      'en',
      '{points, plural, one {# p} other {{points, number, ::currency/XX} p}}',
      'malformed: ',
    ],
    [
      'lacks one',
      'en',
      '{points, plural, other {# points}}',
      'branch_missing: has no plural branch one, which en needs',
    ],
    [
      'takes =1 for one',
      'en',
      '{points, plural, =1 {# point} other {# points}}',
      'branch_missing: has no plural branch one, which en needs',
    ],
    [
      'lacks two',
      'he',
      '{points, plural, one {נקודה אחת} other {# נקודות}}',
      'branch_missing: has no plural branch two, which he needs',
    ],
    [
      'lacks many',
      'fr',
      '{points, plural, one {# point} other {# points}}',
      'branch_missing: has no plural branch many, which fr needs',
    ],
    [
      'lacks a branch of an inner plural',
      'en',
      '{points, plural, one {# point} other {{points, plural, other {# points}}}}',
      'branch_missing: has no plural branch one, which en needs',
    ],
    [
      'lacks ordinals',
      'en',
      '{points, selectordinal, one {the #st point} other {the #th point}}',
      'branch_missing: has no plural branch two, which en needs',
    ],
    [
      'misspells a branch',
      'en',
      '{points, plural, one {# point} ones {# points} other {# points}}',
      'branch_unknown: has a plural branch ones, which no number takes',
    ],
    ['has no plural', 'en', '{points} points', 'plural_missing: says the points without a plural, which en needs'],
    [
      'has no plural but a format',
      'en',
      '{points, number} points',
      'plural_missing: says the points without a plural, which en needs',
    ],
    [
      'asks for what it is not given',
      'en',
      'You earned {count} points',
      'unknown_placeholder: asks for {count}, which no message is given',
    ],
    [
      'asks for it within a branch',
      'en',
      '{points, plural, one {# {unit}} other {# points}}',
      'unknown_placeholder: asks for {unit}, which no message is given',
    ],
    [
      'branches on another number',
      'en',
      '{count, plural, one {# point} other {# points}}',
      'unknown_placeholder: asks for {count}, which no message is given',
    ],
    [
      'selects',
      'en',
      '{tier, select, gold {a} other {b}}',
      'unknown_placeholder: asks for {tier}, which no message is given',
    ],
    [
      'selects by the points',
      'en',
      '{points, select, 1 {one point} other {{points} points}}',
      'unfit_format: selects by the text of the points; plural is for numbers',
    ],
    [
      'asks for a name',
      'en',
      'Dear {first_name}',
      'personal_data: asks for {first_name}, which may carry personal data',
    ],
    ['asks for an address', 'en', 'To {email}', 'personal_data: asks for {email}, which may carry personal data'],
    ['asks for a link', 'en', 'See {statusUrl}', 'personal_data: asks for {statusUrl}, which may carry personal data'],
    [
      'holds an e-mail address',
      'en',
      '{points, plural, one {# point, ask us@shop.example} other {# points}}',
      'personal_data: carries an e-mail address',
    ],
    [
      'holds a telephone number',
      'en',
      '{points, plural, one {# point} other {# points, call 030 1234567}}',
      'personal_data: carries a telephone number',
    ],
    [
      'holds a URL',
      'en',
      '{points, plural, one {# point} other {# points at shop.example/points}}',
      'personal_data: carries a URL',
    ],
    [
      'makes a telephone number of its branches',
      'en',
      '{points, plural, one {# point} other {+49 30 # points}}',
      'personal_data: carries a telephone number',
    ],
    [
      'holds an invisible mark',
      'he',
      '{points, plural, one {\u200fנקודה אחת} two {שתי נקודות} other {# נקודות}}',
      'unfit_character: holds a control character, a line break, an invisible direction mark or an angle bracket',
    ],
    [
      'holds mark-up',
      'en',
      '{points, plural, one {<b>#</b> point} other {# points}}',
      'unfit_character: holds a control character, a line break, an invisible direction mark or an angle bracket',
    ],
    [
      'was decoded wrongly',
      'en',
      '{points, plural, one {# p\ufffdint} other {# points}}',
      'unfit_character: holds a character that is none, or is invisible',
    ],
    [
      'leaves an isolate open',
      'he',
      '{points, plural, one {נקודה אחת} two {שתי נקודות} other {\u2068# נקודות}}',
      'unfit_character: leaves a direction isolate open',
    ],
    [
      'renders a brace',
      'en',
      "{points, plural, one {# point} other {# '{'points'}'}}",
      'unfit_character: holds a brace',
    ],
    [
      'renders nothing but the number',
      'en',
      '{points, plural, one {#} other {#}}',
      'unfit_character: renders to no words',
    ],
    ['renders nothing', 'en', ' ', 'unfit_character: renders to no words'],
    [
      'loses the number',
      'en',
      '{points, plural, one {# point} other {many points}}',
      'number_lost: says the same for 0, 2, 3, 11, 100, 1000000 points',
    ],
    [
      'has no placeholder',
      'ja',
      'ポイントを獲得しました',
      'number_lost: says the same for 0, 1, 2, 3, 11, 100, 1000000 points',
    ],
    [
      'takes an offset',
      'en',
      '{points, plural, offset:1 one {# point} other {# points}}',
      'unfit_format: takes an offset from the points',
    ],
    [
      'says a percentage',
      'en',
      '{points, plural, one {# point} other {{points, number, percent} points}}',
      'unfit_format: formats the points in another way than as a number',
    ],
    [
      'says a date',
      'en',
      '{points, plural, one {# point} other {{points, date} points}}',
      'unfit_format: formats the points as a date or a time',
    ],
    [
      'is too long',
      'en',
      `{points, plural, one {# point} other {# points${' and more'.repeat(40)}}}`,
      'too_long: renders to more than 280 characters',
    ],
    [
      'is too long to be kept',
      'en',
      `{points, plural, one {# point} ${'=5 {x} '.repeat(300)} other {# points}}`,
      'too_long: is longer than 2000 characters',
    ],
    [
      'is under an old name of the language',
      'iw',
      '{points} x',
      'locale_unusable: is never looked up: its locale must be written he',
    ],
    [
      'is under a name with an underscore',
      'pt_BR',
      '{points} x',
      'locale_unusable: is never looked up: its locale must be written pt-BR',
    ],
    ['is under no language', 'english please', '{points} x', 'locale_unusable: is in no language'],
    [
      'is in a language nobody knows',
      'qqx',
      '{points} x',
      'locale_unusable: is in a language whose plural rules are not known',
    ],
  ])('refuses a text that %s', (_what, locale, value, expected) => {
    expect(lint(value, locale).filter((fault) => fault.startsWith(expected))).toHaveLength(1);
  });

  test('tells all of Arabic’s branches that are missing, and everything else besides', () => {
    expect(lint('{points, plural, =0 {لا نقاط} other {# نقطة {name}}}', 'ar')).toEqual([
      'branch_missing: has no plural branch zero, which ar needs',
      'branch_missing: has no plural branch one, which ar needs',
      'branch_missing: has no plural branch two, which ar needs',
      'branch_missing: has no plural branch few, which ar needs',
      'branch_missing: has no plural branch many, which ar needs',
      'personal_data: asks for {name}, which may carry personal data',
    ]);
  });

  test('finds a fault in a branch that only one number takes', () => {
    const value = "{points, plural, =7 {# '{'name'}'} one {# point} other {# points}}";
    expect(lint(value)).toEqual(['unfit_character: holds a brace']);
  });

  test('refuses a message that the service never says', () => {
    expect(lint('{points, plural, one {# point} other {# points}}', 'en', 'points.lost')).toEqual([
      'unknown_key: is a message that the service never says',
    ]);
  });
});

describe('the lint of a catalogue', () => {
  test('finds nothing wrong with the built-in texts', () => {
    expect(lintTexts(builtInTexts, rules)).toEqual([]);
  });

  test('tells every text that is missing in English, Arabic or Hebrew, with what is wrong with the others', () => {
    const texts = builtInTexts
      .filter(({ key, locale }) => !(key === 'points.spent' && locale !== 'en') && locale !== 'he')
      .concat({ key: 'points.spent', locale: 'fr', value: '{points} points' });
    const faults = lintTexts(texts, rules).map(({ key, locale, code }) => `${key} ${locale} ${code}`);
    expect(faults).toEqual([
      'points.earned he missing',
      'points.balance he missing',
      'points.bonus he missing',
      'points.spent ar missing',
      'points.spent he missing',
      'points.returned he missing',
      'points.taken_back he missing',
      'points.owed he missing',
      'points.spent fr plural_missing',
    ]);
  });
});

describe('the review of a catalogue', () => {
  test('shows each text for each sample number beside the English one', () => {
    const english = {
      key: 'points.spent',
      locale: 'en',
      value: '{points, plural, one {# spent} other {# were spent}}',
    };
    const french = { key: 'points.spent', locale: 'fr', value: '{points} dépensés' };
    expect(reviewTexts([english, french])[1]).toEqual({
      ...french,
      sentences: [
        { points: 0, text: '0 dépensés', english: '0 were spent' },
        { points: 1, text: '1 dépensés', english: '1 spent' },
        { points: 2, text: '2 dépensés', english: '2 were spent' },
        { points: 3, text: '3 dépensés', english: '3 were spent' },
        { points: 11, text: '11 dépensés', english: '11 were spent' },
        { points: 100, text: '100 dépensés', english: '100 were spent' },
        { points: 1_000_000, text: '1\u202f000\u202f000 dépensés', english: '1,000,000 were spent' },
      ],
    });
  });

  test('shows what cannot be rendered as null, and built-in English where the catalogue has none', () => {
    const [review] = reviewTexts([{ key: 'points.spent', locale: 'fr', value: 'Cher {name}' }]);
    expect(review?.sentences[1]).toEqual({ points: 1, text: null, english: 'You spent 1 point' });
  });
});
