import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { compareKeys } from '../../../src/streams/state/key-order.ts';
import type { KeyRange, LocalState } from '../../../src/streams/state/store.ts';
import { del, endStates, none, put, states, textsOf } from './states.ts';

afterEach(endStates);

const keysOf = async (state: LocalState, range: KeyRange = {}, of = 'accounts') =>
  (await state.range(of, range)).map(([key]) => key);

describe.each(states)('a state %s', (_name, open) => {
  it('gives values in the order of the keys, and nothing where there is none', async () => {
    const state = await open();
    await state.apply([put('a', '1'), put('b', '2')], none, 0);
    expect(await textsOf(state, ['b', 'missing', 'a', 'b'])).toEqual(['2', undefined, '1', '2']);
    expect(await textsOf(state, [])).toEqual([]);
  });

  it('keeps the last word of a key, and forgets it when told', async () => {
    const state = await open();
    await state.apply([put('a', '1'), put('a', '2'), put('b', '1'), del('b'), del('c'), put('c', '3')], none, 0);
    expect(await textsOf(state, ['a', 'b', 'c'])).toEqual(['2', undefined, '3']);
    await state.apply([del('a')], none, 0);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('keeps stores apart, also those whose names and keys look alike', async () => {
    const state = await open();
    await state.apply([put('b!c', '1', null, 'a'), put('c', '2', null, 'a.b'), put('', '3', null, 'a')], none, 0);
    expect(await textsOf(state, ['b!c', 'c', ''], 'a')).toEqual(['1', undefined, '3']);
    expect(await textsOf(state, ['c', ''], 'a.b')).toEqual(['2', undefined]);
    expect(await state.size('a')).toBe(2);
    expect(await state.size('a.b')).toBe(1);
    expect(await state.size('nobody')).toBe(0);
  });

  it('tells about how large a store is, and nothing of one that is not there', async () => {
    const state = await open();
    await state.apply([put('a', '1'), put('b', '2')], none, 0);
    expect(await state.bytes('accounts')).toBeGreaterThanOrEqual(0);
    expect(await state.bytes('nobody')).toBe(0);
  });

  it('keeps any bytes under any text', async () => {
    const state = await open();
    const value = Buffer.from([0, 255, 33, 34, 0]);
    for (const key of ['', '!', '"', 'שלום', '\u0000', 'x'.repeat(1_000)]) {
      await state.apply([{ store: 'accounts', key, value, expiresAt: null }], none, 0);
      expect(await state.getMany('accounts', [key])).toEqual([value]);
    }
    await state.apply([put('empty', '')], none, 0);
    expect(await textsOf(state, ['empty'])).toEqual(['']);
  });

  it('remembers how far each changelog is contained', async () => {
    const state = await open();
    expect(await state.checkpoints()).toEqual(new Map());
    await state.apply([put('a', '1')], new Map([['accounts-changelog', 10]]), 0);
    await state.apply([], new Map([['seen-changelog', 5]]), 0);
    await state.apply([], new Map([['accounts-changelog', 12]]), 0);
    expect(await state.checkpoints()).toEqual(
      new Map([
        ['accounts-changelog', 12],
        ['seen-changelog', 5],
      ]),
    );
  });

  it('forgets what has expired before the stream time, and keeps what expires at it', async () => {
    const state = await open();
    await state.apply([put('before', '1', 999), put('at', '2', 1_000), put('after', '3', 1_001)], none, 0);
    await state.apply([put('never', '4')], none, 1_000);
    expect(await textsOf(state, ['before', 'at', 'after', 'never'])).toEqual([undefined, '2', '3', '4']);
    expect(await state.size('accounts')).toBe(3);
  });

  it('keeps a key that was written again with a later expiry', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'new', 2_000)], none, 500);
    await state.apply([], none, 1_500);
    expect(await textsOf(state, ['a'])).toEqual(['new']);
    await state.apply([], none, 2_001);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('forgets a key that was written again with an earlier expiry by that one', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 2_000)], none, 0);
    await state.apply([put('a', 'new', 1_000)], none, 500);
    await state.apply([], none, 1_001);
    expect(await textsOf(state, ['a'])).toEqual([undefined]);
  });

  it('keeps a key that is written again in the very batch that would forget it', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'new', 3_000)], none, 2_000);
    expect(await textsOf(state, ['a'])).toEqual(['new']);
  });

  it('keeps a key that was written again without an expiry, or deleted and written again', async () => {
    const state = await open();
    await state.apply([put('a', 'old', 1_000), put('b', 'old', 1_000)], none, 0);
    await state.apply([put('a', 'for ever'), del('b')], none, 500);
    await state.apply([put('b', 'again', 9_000)], none, 600);
    await state.apply([], none, 2_000);
    expect(await textsOf(state, ['a', 'b'])).toEqual(['for ever', 'again']);
  });

  it('forgets everything that expired in the end, also after a long pause', async () => {
    const state = await open();
    const many = Array.from({ length: 5_000 }, (_, index) => put(`k${String(index)}`, 'v', 1_000 + (index % 7)));
    await state.apply(many, none, 0);
    for (let commit = 0; commit < 3; commit += 1) await state.apply([], none, 5_000);
    expect(await state.size('accounts')).toBe(0);
  });

  it('times of today sort as numbers do', async () => {
    const state = await open();
    const today = Date.parse('2026-03-01T12:00:00Z');
    await state.apply([put('small', '1', 5), put('today', '2', today)], none, 0);
    await state.apply([], none, today - 1);
    expect(await textsOf(state, ['small', 'today'])).toEqual([undefined, '2']);
  });

  it('does not show what has expired, removed already or not, also of what was written too late', async () => {
    const state = await open();
    const many = Array.from({ length: 5_000 }, (_, index) => put(`k${String(index)}`, 'v', 1_000));
    await state.apply([...many, put('stays', 'v', 9_000)], none, 0);
    await state.apply([put('late', 'v', 4_999)], none, 5_000);
    expect(await textsOf(state, ['k0', 'k4999', 'late', 'stays'])).toEqual([undefined, undefined, undefined, 'v']);
    expect(await keysOf(state)).toEqual(['stays']);
    expect(await keysOf(state, { limit: 1, reverse: true })).toEqual(['stays']);
    expect(await state.size('accounts')).toBe(1);
  });

  it('has a stream time that does not go back: what is restored brings nothing to life again', async () => {
    const state = await open();
    await state.apply([put('a', '1', 1_000)], none, 2_000);
    await state.apply([put('b', '2', 1_500)], none, 0);
    expect(await textsOf(state, ['a', 'b'])).toEqual([undefined, undefined]);
  });

  it('gives the entries of a range in order, from and to, up and down, as many as wanted', async () => {
    const state = await open();
    await state.apply([put('d', '4'), put('b', '2'), put('a', '1'), put('c', '3')], none, 0);
    expect((await state.range('accounts', {})).map(([key, value]) => [key, value.toString()])).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', '4'],
    ]);
    expect(await keysOf(state, { from: 'b', to: 'd' })).toEqual(['b', 'c']);
    expect(await keysOf(state, { from: 'aa' })).toEqual(['b', 'c', 'd']);
    expect(await keysOf(state, { to: 'bb' })).toEqual(['a', 'b']);
    expect(await keysOf(state, { reverse: true })).toEqual(['d', 'c', 'b', 'a']);
    expect(await keysOf(state, { from: 'b', to: 'd', reverse: true })).toEqual(['c', 'b']);
    expect(await keysOf(state, { limit: 2 })).toEqual(['a', 'b']);
    expect(await keysOf(state, { limit: 2, reverse: true })).toEqual(['d', 'c']);
    expect(await keysOf(state, { limit: 0 })).toEqual([]);
    expect(await keysOf(state, { from: 'd', to: 'b' })).toEqual([]);
    expect(await keysOf(state, { from: 'd', to: 'b', reverse: true })).toEqual([]);
    expect(await keysOf(state, { to: '' })).toEqual([]);
    expect(await keysOf(state, {}, 'nobody')).toEqual([]);
  });

  it('keeps the ranges of stores apart, whatever their names and keys are', async () => {
    const state = await open();
    const keys = ['', '!', '!!', '"', '\u0000', '!a!', 'b'];
    await state.apply(
      ['a', 'a-b', 'a.b', 'a_b', 'ab'].flatMap((of) => keys.map((key) => put(key, of, null, of))),
      none,
      0,
    );
    for (const of of ['a', 'a-b', 'a.b', 'a_b', 'ab']) {
      for (const reverse of [false, true]) {
        const found = await state.range(of, { reverse });
        expect(found.map(([key]) => key).sort()).toEqual([...keys].sort());
        expect(new Set(found.map(([, value]) => value.toString()))).toEqual(new Set([of]));
      }
    }
  });

  it('orders keys by their bytes, not by their UTF-16 units', async () => {
    const state = await open();
    const keys = [
      '\u0000',
      '!',
      '"',
      'a',
      'z',
      'é',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{1f600}',
      '\u{10ffff}',
    ];
    await state.apply(
      [...keys].reverse().map((key) => put(key, 'v')),
      none,
      0,
    );
    expect(await keysOf(state)).toEqual(keys);
    expect(await keysOf(state, { from: '\uffff', to: '\u{1f600}' })).toEqual(['\uffff', '\u{10000}']);
    expect(await keysOf(state, { reverse: true, limit: 3 })).toEqual(['\u{10ffff}', '\u{1f600}', '\u{10000}']);
  });

  it('takes half a character for what its changelog would make of it', async () => {
    const state = await open();
    await state.apply([put('a\ud800', '1')], none, 0);
    expect(await textsOf(state, ['a\ud800', 'a\ufffd'])).toEqual(['1', '1']);
    expect(await keysOf(state, { from: 'a\udc00', to: 'b' })).toEqual(['a\ufffd']);
    await state.apply([del('a\udfff')], none, 0);
    expect(await state.size('accounts')).toBe(0);
  });

  it('finds in any range of any keys what a sorted list has there', async () => {
    const state = await open();
    const key = fc.string({ unit: fc.constantFrom('!', '"', '\u0000', 'a', '\uffff', '\u{10000}'), maxLength: 4 });
    const entries = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, fc.boolean()), { maxLength: 10 }),
        fc.record({ from: key, to: key, limit: fc.nat(5), reverse: fc.boolean() }, { requiredKeys: [] }),
        async (written, range) => {
          for (const [name, isPut] of written) {
            if (isPut) entries.set(name, name);
            else entries.delete(name);
          }
          await state.apply(
            written.map(([name, isPut]) => (isPut ? put(name, name) : del(name))),
            none,
            0,
          );
          const { from = '', to, limit = Infinity, reverse = false } = range;
          const bytes = (text: string) => Buffer.from(text);
          const wanted = [...entries.keys()]
            .filter((name) => bytes(name).compare(bytes(from)) >= 0)
            .filter((name) => to === undefined || bytes(name).compare(bytes(to)) < 0)
            .sort((a, b) => bytes(a).compare(bytes(b)));
          if (reverse) wanted.reverse();
          const found = await state.range('accounts', range);
          expect(found.map(([name]) => name)).toEqual(wanted.slice(0, limit));
          expect(found.every(([name, value]) => name === value.toString())).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the order of keys', () => {
  it('is that of their bytes', () => {
    const unit = fc.constantFrom('\u0000', 'a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}');
    const key = fc.string({ unit, maxLength: 4 });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.from(a).compare(Buffer.from(b)));
      }),
      { numRuns: 500 },
    );
  });
});
