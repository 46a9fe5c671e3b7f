import { describe, expect, it } from 'vitest';
import { pageViews, pageViewsByRegion, regionWindows, userProfiles } from '../../src/streams/examples/page-views.ts';
import { wordCount } from '../../src/streams/examples/word-count.ts';
import { wordCountProcessor } from '../../src/streams/examples/word-count-processor.ts';
import { longSerde, stringSerde, TopologyTestDriver } from '../../src/streams/index.ts';

const minute = 60_000;

describe('the examples of Kafka Streams, carried over', () => {
  it('word count tells the new count of a word with every word', async () => {
    const driver = new TopologyTestDriver(wordCount());
    const lines = driver.createInputTopic('streams-plaintext-input', stringSerde, stringSerde);
    const counts = driver.createOutputTopic('streams-wordcount-output', stringSerde, longSerde);
    await lines.pipeInput('any', 'Hello Kafka Streams');
    await lines.pipeInput('any', 'all streams lead to kafka');
    expect(counts.readKeyValues()).toEqual([
      ['hello', 1],
      ['kafka', 1],
      ['streams', 1],
      ['all', 1],
      ['streams', 2],
      ['lead', 1],
      ['to', 1],
      ['kafka', 2],
    ]);
  });

  it('page views are counted in the region of their user, in every window they fall into', async () => {
    const driver = new TopologyTestDriver(pageViewsByRegion());
    const users = driver.createInputTopic('streams-userprofile-input', stringSerde, userProfiles);
    const views = driver.createInputTopic('streams-pageview-input', stringSerde, pageViews);
    const counts = driver.createOutputTopic('streams-pageviewstats-output', regionWindows, longSerde);
    const start = 100 * minute;
    await users.pipeInput('ann', { region: 'Europe' }, start);
    await views.pipeInput('ann', { page: 'home' }, start);
    await views.pipeInput('bob', { page: 'home' }, start);
    await users.pipeInput('ann', { region: 'Asia' }, start + 1);
    await views.pipeInput('ann', { page: 'cart' }, start + 1);
    const found = counts.readRecords().map(({ key, value }) => [key?.key, (key?.window.start ?? 0) / minute, value]);
    const windowsOf = (region: string) => [96, 97, 98, 99, 100].map((begin) => [region, begin, 1]);
    expect(found).toEqual([...windowsOf('Europe'), ...windowsOf('UNKNOWN'), ...windowsOf('Asia')]);
  });

  it('a processor of its own tells all counts when a second of stream time has passed', async () => {
    const driver = new TopologyTestDriver(wordCountProcessor());
    const lines = driver.createInputTopic('streams-plaintext-input', stringSerde, stringSerde);
    const counts = driver.createOutputTopic('streams-wordcount-processor-output', stringSerde, longSerde);
    await lines.pipeInput('any', 'to be', 10_000);
    expect(counts.readKeyValues()).toEqual([
      ['be', 1],
      ['to', 1],
    ]);
    await lines.pipeInput('any', 'or not to be', 10_999);
    expect(counts.readKeyValues()).toEqual([]);
    await lines.pipeInput('any', 'that', 11_000);
    expect(counts.readKeyValues()).toEqual([
      ['be', 2],
      ['not', 1],
      ['or', 1],
      ['that', 1],
      ['to', 2],
    ]);
  });
});
