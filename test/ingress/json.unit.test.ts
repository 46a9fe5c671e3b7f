import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { isJsonObject, member, parseJson, scalarText } from '../../src/ingress/json.ts';
import { DeliveryRefusedError } from '../../src/ingress/problem.ts';

const reasonFor = (text: string | Buffer): unknown => {
  try {
    return parseJson(Buffer.from(text));
  } catch (thrown) {
    return thrown instanceof DeliveryRefusedError ? thrown.reason : thrown;
  }
};

describe('parseJson', () => {
  it.each(['820982911946154508', '9007199254740993', '130.64999999999998', '1e2', '-0'])(
    'keeps %s as written',
    (number) => {
      expect(scalarText(parseJson(Buffer.from(number)))).toBe(number);
    },
  );

  it('reads what JSON.parse reads', () => {
    const plain = (value: unknown): unknown => {
      if (value instanceof LosslessNumber) return Number(value.value);
      if (Array.isArray(value)) return value.map(plain);
      if (!isJsonObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    };
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(plain(parseJson(Buffer.from(text)))).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['white space', '  '],
    ['half an object', '{"id":1'],
    ['two values', '{} {}'],
    ['a comment', '{} // end'],
    ['single quotes', "{'id':1}"],
    ['a trailing comma', '{"id":1,}'],
    ['a raw line break in a text', '{"note":"a\nb"}'],
    ['NaN', '{"id":NaN}'],
    ['one key with two values', '{"id":1,"id":2}'],
    ['one key with two values, deeper down', '{"customer":{"id":1,"id":"1"}}'],
    ['one key with two values, spelt differently', '{"id":1,"\\u0069d":2}'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['an overlong form', Buffer.from([0x22, 0xc0, 0xa2, 0x22])],
  ])('refuses %s', (_what, text) => {
    expect(reasonFor(text)).toBe('body_not_json');
  });

  it('takes 64 levels and no more', () => {
    expect(parseJson(Buffer.from('['.repeat(64) + ']'.repeat(64)))).toBeInstanceOf(Array);
    expect(reasonFor('['.repeat(65) + ']'.repeat(65))).toBe('body_too_deep');
  });

  it.each([
    ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['brackets never closed', '['.repeat(1_000_000)],
  ])('refuses 100,000 levels of %s without descending into them', (_what, text) => {
    expect(reasonFor(text)).toBe('body_too_deep');
  });

  it('does not count brackets inside texts', () => {
    expect(parseJson(Buffer.from(JSON.stringify({ note: '[{"'.repeat(1000) })))).toStrictEqual({
      note: '[{"'.repeat(1000),
    });
  });

  it('tells nothing of the body when it refuses', () => {
    const refuse = () => parseJson(Buffer.from('{"note":"canary'));
    expect(refuse).toThrow(/^The body is not JSON, or names a key twice$/);
    expect(refuse).not.toThrow(expect.objectContaining({ cause: expect.anything() }));
  });
});

describe('member', () => {
  it('does not find what an object inherits, or what __proto__ holds', () => {
    const parsed = parseJson(Buffer.from('{"__proto__":{"test":true},"note":null}'));
    if (!isJsonObject(parsed)) throw new TypeError('not an object');
    expect(member(parsed, 'test')).toBeUndefined();
    expect(member(parsed, 'constructor')).toBeUndefined();
    expect(member(parsed, 'toString')).toBeUndefined();
    expect(member(parsed, 'note')).toBeUndefined();
    expect(({} as Record<string, unknown>)['test']).toBeUndefined();
  });
});

describe('scalarText', () => {
  it.each([true, undefined, null, [], {}, { value: '1', isLosslessNumber: true }])('has none for %j', (value) => {
    expect(scalarText(value)).toBeUndefined();
  });
});
