import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Consumed, Produced, StreamsBuilder, stringSerde, TopologyTestDriver } from '../../../src/streams/index.ts';
import { consumedOf, type Step } from './joined.ts';

const texts = Consumed.with(stringSerde);
const out = Produced.with(stringSerde);

/** A stream and a table, the table's changes, and the table joined with itself: every way in which order may be lost. */
const topology = () => {
  const builder = new StreamsBuilder('joins').deadLettersTo('dlq');
  const table = builder.table('table', texts);
  const stream = builder.stream('stream', texts);
  stream.join(table, (value, entry) => `${value}-${entry}`).to('inner', out);
  stream
    .leftJoin(
      table.filter((value) => value < 'm'),
      (value, entry) => `${value}-${entry ?? 'null'}`,
    )
    .to('left', out);
  table
    .toStream()
    .leftJoin(table, (value, entry) => `${value}-${entry ?? 'null'}`)
    .to('own', out);
  return builder.build();
};

const step: fc.Arbitrary<Step> = fc.record({
  from: fc.constantFrom('stream', 'table'),
  key: fc.constantFrom('a', 'b', 'c', null),
  value: fc.option(fc.constantFrom('d', 'k', 'p', 'z'), { freq: 4 }),
  timestamp: fc.nat(20),
});

const joinedIn = async (steps: readonly Step[], sizes: readonly number[]): Promise<unknown> => {
  const driver = new TopologyTestDriver(topology());
  const records = consumedOf(
    steps.map((each) => (each.from === 'stream' ? { ...each, value: each.value ?? '' } : each)),
  );
  let at = 0;
  for (const size of [...sizes, records.length]) {
    await driver.pipeBytes(records.slice(at, at + size));
    at += size;
  }
  return ['inner', 'left', 'own'].map((topic) =>
    driver.read(topic, stringSerde).map(({ key, value, timestamp }) => [key, value, timestamp]),
  );
};

describe('joins', () => {
  it('give the same however a sequence is cut into micro-batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 24 }),
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 24 }),
        async (steps, sizes) => {
          const oneByOne = await joinedIn(
            steps,
            steps.map(() => 1),
          );
          expect(await joinedIn(steps, sizes)).toEqual(oneByOne);
          expect(await joinedIn(steps, [])).toEqual(oneByOne);
        },
      ),
      { numRuns: 150 },
    );
  });
});
