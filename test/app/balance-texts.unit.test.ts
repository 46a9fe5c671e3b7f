import { describe, expect, test } from 'vitest';
import { createBalanceTexts } from '../../src/app/balance-texts.ts';
import { createMessages, defaultMessages } from '../../src/domain/index.ts';

const builtIn: Readonly<Record<string, Readonly<Record<string, string>>>> = defaultMessages;
const describeBalance = createBalanceTexts({
  texts: { messages: createMessages((key, locale) => builtIn[key]?.[locale]), prepare: () => Promise.resolve() },
  merchants: () => ({ byId: () => Promise.resolve(undefined) }),
});

describe('the sentence beside a balance', () => {
  test.each([
    ['en', 30, 'You have 30 points'],
    ['en', 0, 'You have 0 points'],
    ['en', -1, 'You owe 1 point'],
    ['en', -30, 'You owe 30 points'],
    ['ar', -2, 'عليك نقطتان'],
    ['ar', -11, 'عليك 11 نقطة'],
    ['he', -2, 'יתרת חוב של שתי נקודות'],
    ['', -5, 'You owe 5 points'],
  ])('in %j of %i points is %j', async (locale, points, sentence) => {
    expect(await describeBalance(locale, 'm', points)).toBe(sentence);
  });
});
