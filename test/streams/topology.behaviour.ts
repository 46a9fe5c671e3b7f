import { describe, expect, it } from 'vitest';
import { pageViews, pageViewsByRegion, regionWindows, userProfiles } from '../../src/streams/examples/page-views.ts';
import { wordCount } from '../../src/streams/examples/word-count.ts';
import { Consumed, jsonSerde, longSerde, Produced, StreamsBuilder, stringSerde } from '../../src/streams/index.ts';
import type { TopologyRunners } from './topology-runner.ts';

const minute = 60_000;
const numbers = jsonSerde<number>();

/**
 * What topologies do, wherever they run. Each test has topics of its own, which the runner makes; the topics of the
 * examples are made by one test each.
 */
export const topologyBehaviour = (runners: TopologyRunners): void => {
  describe(`topologies on ${runners.name}`, () => {
    it('count words over a repartition topic', async () => {
      const runner = await runners.start(wordCount());
      const lines = ['to be or not to be', 'that is the question', 'to die to sleep'];
      await runner.pipe(
        'streams-plaintext-input',
        stringSerde,
        lines.map((value, index) => ({ key: `line ${String(index)}`, value, timestamp: 1_000 + index })),
      );
      const counts = await runner.read('streams-wordcount-output', longSerde);
      const ofWord = (word: string) => counts.filter(({ key }) => key === word).map(({ value }) => value);
      expect(ofWord('to')).toEqual([1, 2, 3, 4]);
      expect(ofWord('be')).toEqual([1, 2]);
      expect(counts).toHaveLength(lines.join(' ').split(' ').length);
    });

    it('join a stream with a table, and count in windows', async () => {
      const runner = await runners.start(pageViewsByRegion());
      const start = 100 * minute;
      await runner.pipe('streams-userprofile-input', userProfiles, [
        { key: 'ann', value: { region: 'Europe' }, timestamp: start },
        { key: 'bob', value: { region: 'Asia' }, timestamp: start },
        { key: 'eve', value: { region: 'Asia' }, timestamp: start },
      ]);
      await runner.pipe('streams-userprofile-input', userProfiles, [{ key: 'eve', value: null, timestamp: start + 1 }]);
      await runner.pipe(
        'streams-pageview-input',
        pageViews,
        ['ann', 'bob', 'ann', 'eve'].map((key) => ({ key, value: { page: 'home' }, timestamp: start + 2 })),
      );
      const counts = await runner.read('streams-pageviewstats-output', longSerde);
      // The newest window's counts; keys are written as Kafka writes windowed keys.
      const inNewest = counts.flatMap(({ key, value }) => {
        const windowed = regionWindows.deserialize(Buffer.from(key, 'latin1'));
        return windowed.window.start === start ? [[windowed.key, value]] : [];
      });
      const sorted = inNewest.map((entry) => entry.join(' ')).sort();
      expect(sorted).toEqual(['Asia 1', 'Europe 1', 'Europe 2', 'UNKNOWN 1']);
    });

    it('cost one dead letter a bad record, wherever it fails, and apply its neighbours in order', async () => {
      const builder = new StreamsBuilder('neighbours').deadLettersTo('neighbours-dlq');
      builder
        .stream<string, number>('neighbours-in', Consumed.with(numbers))
        .mapValues((value) => {
          if (value === 13) throw new Error('Unlucky');
          return value * 10;
        })
        .to('neighbours-out', Produced.with(numbers));
      const runner = await runners.start(builder.build());
      const record = (value: string) => ({ key: 'k', value, timestamp: 1_000 });
      await runner.pipe('neighbours-in', stringSerde, ['1', 'not json', '2', '13', '3'].map(record));
      expect((await runner.read('neighbours-out', numbers)).map(({ value }) => value)).toEqual([10, 20, 30]);
      const letters = await runner.deadLetters();
      expect(letters.map(({ value }) => String(value))).toEqual(['not json', '13']);
      expect(letters.map(({ headers }) => String(headers['__streams.errors.stage']))).toEqual([
        'deserialization',
        'processing',
      ]);
    });

    it('keep a store over batches, and write it as often as a record comes', async () => {
      const sums = { name: 'sums', valueSerde: numbers };
      const builder = new StreamsBuilder('summing');
      builder
        .stream<string, number>('summing-in', Consumed.with(numbers))
        .process<string, number>('sum', {
          stores: [sums],
          create: (context) => {
            const store = context.store(sums);
            return (record) => {
              const value = (store.get(record.key) ?? 0) + record.value;
              store.put(record.key, value);
              return [{ ...record, value }];
            };
          },
        })
        .split({ even: (value) => value % 2 === 0 }, 'parity')
        .even.to('summing-out', Produced.with(numbers));
      const runner = await runners.start(builder.build());
      for (const value of [1, 2, 3, 4])
        await runner.pipe('summing-in', numbers, [{ key: 'a', value, timestamp: 1_000 }]);
      expect((await runner.read('summing-out', numbers)).map(({ value }) => value)).toEqual([6, 10]);
    });
  });
};
