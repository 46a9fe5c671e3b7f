import { describe, expect, test } from 'vitest';
import { sentenceRules, type TextRule, textRules } from '../../../../src/adapters/mongo/texts/text-rules.ts';
import { defaultMessages } from '../../../../src/domain/index.ts';
import { badDescriptions, goodDescriptions } from './descriptions.ts';

const broken = (rules: readonly TextRule[], text: string): readonly string[] =>
  rules.filter(({ pattern }) => new RegExp(pattern, 'u').test(text)).map(({ refusal }) => refusal);

describe('the rules of a description', () => {
  test.each(goodDescriptions)('take %j', (text) => {
    expect(broken(sentenceRules, text)).toEqual([]);
  });

  test.each(badDescriptions)('refuse %j, which %s', (text, rule) => {
    expect(broken(sentenceRules, text).join('; ')).toContain(rule);
  });

  test('do not take long for a long text of digits and separators', () => {
    const text = `${'1 '.repeat(20_000)}x`;
    const since = performance.now();
    broken(sentenceRules, text);
    expect(performance.now() - since).toBeLessThan(1_000);
  });
});

describe('the rules of a translation', () => {
  test('take every built-in message, placeholders and all', () => {
    const texts = Object.values(defaultMessages).flatMap((message) => Object.values(message));
    expect(texts.flatMap((text) => broken(textRules, text))).toEqual([]);
  });

  test('refuse one that would show the way to a person', () => {
    expect(broken(textRules, 'Questions? jane@example')).toEqual(['carries an e-mail address']);
  });
});
