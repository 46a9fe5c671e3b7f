import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonSerde } from '../../../src/streams/index.ts';
import { BatchView } from '../../../src/streams/state/batch-view.ts';
import { endStates, none, states } from './states.ts';

afterEach(endStates);

const key = fc.constantFrom('', '!', '"', 'a', 'a!', 'b', '\u0000', '\uffff', '\u{10000}', 'b\u{1f600}');
const range = fc.record({ from: key, to: key, limit: fc.nat(6), reverse: fc.boolean() }, { requiredKeys: [] });

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value: fc.nat(999) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('range' as const), range }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'commit' as const }) },
);

describe.each(states)('a store during a batch, over a state %s', (_name, open) => {
  it('behaves as a sorted map that is put back on a rollback', async () => {
    const local = await open();
    const view = new BatchView({ name: 'accounts', valueSerde: jsonSerde<{ value: number }>() }, local);
    let committed = new Map<string, number>();
    let now = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        for (const taken of steps) {
          switch (taken.kind) {
            case 'put':
              view.put(taken.key, { value: taken.value });
              now.set(taken.key, taken.value);
              break;
            case 'delete':
              view.delete(taken.key);
              now.delete(taken.key);
              break;
            case 'get':
              await view.load([taken.key]);
              expect(view.get(taken.key)?.value).toBe(now.get(taken.key));
              break;
            case 'range': {
              const { from = '', to, limit = Infinity, reverse = false } = taken.range;
              const bytes = (text: string) => Buffer.from(text);
              const wanted = [...now]
                .filter(([name]) => bytes(name).compare(bytes(from)) >= 0)
                .filter(([name]) => to === undefined || bytes(name).compare(bytes(to)) < 0)
                .sort(([a], [b]) => bytes(a).compare(bytes(b)));
              if (reverse) wanted.reverse();
              const found = await view.range(taken.range);
              expect(found.map(([name, { value }]) => [name, value])).toEqual(wanted.slice(0, limit));
              for (const [name, value] of found) expect(view.get(name)).toBe(value);
              break;
            }
            case 'rollback':
              view.rollback();
              now = new Map(committed);
              break;
            case 'commit':
              await local.apply(view.changes(), none, 0);
              view.clear();
              committed = new Map(now);
              break;
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
