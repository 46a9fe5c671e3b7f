import { describe, expect, it } from 'vitest';
import { schemaDifference } from '../../../src/adapters/registry/schema-difference.ts';
import { typeOf } from '../../../src/adapters/registry/schemas.ts';

const order = (type: string) => ({ type: 'record', name: 'Order', fields: [{ name: 'amount', type }] });
const tier = { type: 'record', name: 'Tier', fields: [{ name: 'tier', type: 'string' }] };
const kind = (...symbols: string[]) => ({ type: 'enum', name: 'Kind', symbols });
const command = (...fields: object[]) => ({ type: 'record', name: 'Command', namespace: 'points', fields });
const at = (type: unknown, more: object = {}) => command({ name: 'at', type, ...more });

describe('the difference between what is read and what was written', () => {
  it.each([
    ['the same', at('long'), at('long')],
    ['a field more, with a default', command({ name: 'x', type: 'int', default: 0 }), command()],
    ['a field less', command(), at('long')],
    ['a wider number', at('long'), at('int')],
    ['a field that may be null now', at(['null', 'long'], { default: null }), at('long')],
    ['a symbol more', at(kind('a', 'b')), at(kind('a'))],
    ['a symbol less, with a default', at({ ...kind('a'), default: 'a' }), at(kind('a', 'b'))],
    ['a branch more', at([order('long'), tier]), at([order('long')])],
    ['a field with an alias', command({ name: 'since', aliases: ['at'], type: 'long' }), at('long')],
  ])('is nothing for %s', (_what, reader, writer) => {
    expect(schemaDifference(typeOf(reader), typeOf(writer))).toEqual([]);
  });

  it.each([
    ['a new field without a default', at('long'), command(), 'Command.at is new and has no default'],
    ['another type', at('string'), at('long'), 'Command.at was long and is string'],
    ['a narrower number', at('int'), at('long'), 'Command.at was long and is int'],
    ['a symbol less', at(kind('a')), at(kind('a', 'b', 'c')), 'Command.at no longer has b, c'],
    ['a branch less', at([tier]), at([order('long'), tier]), 'Command.at no longer takes points.Order'],
    ['a field that was null', at('long'), at(['null', 'long']), 'Command.at was null and is long'],
    ['another null', at(['null', 'string']), at(['null', 'long']), 'Command.at no longer takes long'],
    ['a record for a text', at(order('long')), at('string'), 'Command.at was string and is points.Order'],
    [
      'a branch with another type',
      at([order('string')]),
      at([order('long')]),
      'Command.at.Order.amount was long and is string',
    ],
    [
      'an item with another type',
      at({ type: 'array', items: order('int') }),
      at({ type: 'array', items: order('long') }),
      'Command.at[].amount was long and is int',
    ],
    [
      'a value with another type',
      at({ type: 'map', values: 'int' }),
      at({ type: 'map', values: 'string' }),
      'Command.at{} was string and is int',
    ],
  ])('names the field for %s', (_what, reader, writer, fault) => {
    expect(schemaDifference(typeOf(reader), typeOf(writer))).toEqual([fault]);
  });

  it('names every field, and a record that holds itself once', () => {
    const tree = (type: string) =>
      command({ name: 'value', type }, { name: 'parent', type: ['null', 'points.Command'], default: null });
    const [reader, writer] = [tree('int'), tree('long')];
    const more = { name: 'more', type: 'int' };
    expect(schemaDifference(typeOf({ ...reader, fields: [...reader.fields, more] }), typeOf(writer))).toEqual([
      'Command.value was long and is int',
      'Command.more is new and has no default',
    ]);
  });
});
