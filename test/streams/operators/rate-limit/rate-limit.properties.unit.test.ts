import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../../../src/streams/state/memory-state.ts';
import type { LocalState } from '../../../../src/streams/state/store.ts';
import { perSecond, rateLimitRig, type Value } from './rate-limit-rig.ts';

/** What may happen to a task. */
interface Batch {
  readonly kind: 'batch';
  readonly keys: readonly string[];
  readonly outcome: 'committed' | 'lost';
}
type Event = Batch | { readonly kind: 'sleep' | 'wait'; readonly ms: number } | { readonly kind: 'restart' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      keys: fc.array(fc.constantFrom('a', 'a', 'a', 'b', 'c'), { maxLength: 30 }),
      outcome: fc.constantFrom('committed' as const, 'committed' as const, 'lost' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('sleep' as const, 'wait' as const),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** A state in which the next commit is lost. */
class LosingState extends MemoryState {
  losesNext = false;

  override apply(...change: Parameters<LocalState['apply']>): Promise<void> {
    if (!this.losesNext) return super.apply(...change);
    this.losesNext = false;
    return Promise.reject(new Error('Lost'));
  }
}

interface Passed {
  readonly value: Value;
  readonly at: number;
}

const rate = 5;
const burst = 7;
const keyOf = (value: Value): string => value.slice(0, 1);

async function run(events: readonly Event[], poisonEvery: number) {
  const state = new LosingState();
  const rig = rateLimitRig({ state });
  for (const key of ['a', 'b', 'c']) rig.world.limits.set(key, perSecond(rate, burst));
  const sent: Value[] = [];
  const passed: Passed[] = [];
  const send = async ({ keys, outcome }: Batch): Promise<void> => {
    const records = keys.map((key) => {
      const number = sent.length;
      sent.push(`${key}${String(number)}${number % poisonEvery === poisonEvery - 1 ? '!' : ''}`);
      return rig.record(sent.at(-1)!);
    });
    if (outcome === 'lost') {
      state.losesNext = true;
      const letters = rig.letters.length;
      await expect(rig.run(records)).rejects.toThrow('Lost');
      expect(rig.letters).toHaveLength(letters);
      rig.restart();
    }
    note(await rig.run(records));
  };
  const note = (out: readonly Value[]): void => {
    passed.push(...out.map((value) => ({ value, at: rig.world.now })));
  };
  for (const each of events) {
    switch (each.kind) {
      case 'batch':
        await send(each);
        break;
      case 'sleep':
        rig.sleep(each.ms);
        break;
      case 'wait':
        note(await rig.wait(each.ms));
        break;
      case 'restart':
        rig.restart();
    }
  }
  for (let tries = 0; tries < 5_000 && (await rig.entries()).length > 0; tries += 1) note(await rig.wait(100));
  return { sent, passed, letters: rig.letters, world: rig.world };
}

describe('whatever the micro-batches, punctuations, poison, lost commits and takeovers', () => {
  it('nothing is lost, doubled or reordered, and in no stretch of time more goes on than the bucket allows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), fc.integer({ min: 3, max: 60 }), async (events, poison) => {
        const { sent, passed, letters, world } = await run(events, poison);
        for (const key of ['a', 'b', 'c']) {
          const mine = passed.filter(({ value }) => keyOf(value) === key);
          expect(mine.map(({ value }) => value)).toEqual(
            sent.filter((value) => keyOf(value) === key && !value.endsWith('!')),
          );
          for (const [first, { at: from }] of mine.entries()) {
            for (const [index, { at: to }] of mine.slice(first).entries()) {
              expect(index + 1).toBeLessThanOrEqual(burst + (rate * (to - from)) / 1_000);
            }
          }
        }
        const bad = letters.map(({ value }) => JSON.parse(String(value)) as string);
        expect(bad.sort()).toEqual(sent.filter((value) => value.endsWith('!')).sort());
        expect(world.gauge.at(-1) ?? 0).toBe(0);
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});
