import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  Consumed,
  Grouped,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  Suppressed,
  TimeWindows,
  type Topology,
  TopologyTestDriver,
  windowedSerde,
} from '../../../src/streams/index.ts';
import { wordCountTopology } from '../word-count-topology.ts';

const rig = () => {
  const driver = new TopologyTestDriver(wordCountTopology().topology);
  return {
    input: driver.createInputTopic('streams-plaintext-input', stringSerde, stringSerde),
    output: driver.createOutputTopic('streams-wordcount-output', stringSerde, longSerde),
  };
};

// After WordCountDemoTest of Kafka Streams.
describe('the word count demo', () => {
  it('counts one word', async () => {
    const { input, output } = rig();
    await input.pipeInput(null, 'Hello');
    expect(output.readKeyValues()).toEqual([['hello', 1]]);
    expect(output.readKeyValues()).toEqual([]);
  });

  it('counts a list of words', async () => {
    const { input, output } = rig();
    const lines = [
      'Apache   Kafka Streams   Example',
      'Using  \t\t Kafka   Streams\tTest Utils',
      'Reading and Writing Kafka Topic',
    ];
    await input.pipeKeyValues(lines.map((line) => [null, line] as const));
    expect(new Map(output.readKeyValues())).toEqual(
      new Map([
        ['apache', 1],
        ['kafka', 3],
        ['streams', 2],
        ['example', 1],
        ['using', 1],
        ['test', 1],
        ['utils', 1],
        ['reading', 1],
        ['and', 1],
        ['writing', 1],
        ['topic', 1],
      ]),
    );
  });

  it('counts the same where all lines come at once', async () => {
    const { input, output } = rig();
    await input.pipeRecords(['to be', 'or not', 'to be'].map((value) => ({ key: null, value })));
    expect(output.readKeyValues()).toEqual([
      ['to', 1],
      ['be', 1],
      ['or', 1],
      ['not', 1],
      ['to', 2],
      ['be', 2],
    ]);
  });
});

/** Words by the hour, final results only. */
const wordsByTheHour = (): Topology => {
  const hours = TimeWindows.ofSizeAndGrace(3_600_000, 60_000);
  const builder = new StreamsBuilder('words-by-the-hour');
  builder
    .stream('lines', Consumed.with(stringSerde))
    .flatMapValues((line) => line.split(' '))
    .groupBy(({ value }) => value, Grouped.with(stringSerde, 'words'))
    .windowedBy(hours)
    .count()
    .suppress(Suppressed.untilWindowCloses())
    .toStream()
    .to('counts', Produced.withKey(windowedSerde(stringSerde, hours.sizeMs), longSerde));
  return builder.build();
};

/** What lies beside this file; written anew where UPDATE_GOLDEN=1, for the change to be seen in review. */
const golden = (file: string, current: string): string => {
  const path = join(import.meta.dirname, file);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, current);
  return readFileSync(path, 'utf8');
};

describe.each([
  ['word-count', wordCountTopology().topology],
  ['words-by-the-hour', wordsByTheHour()],
])('the topology %s', (name, topology) => {
  it('reads as Kafka Streams describes it', () => {
    expect(topology.describe()).toBe(golden(`${name}.txt`, topology.describe()));
  });

  it('is drawn', () => {
    expect(topology.mermaid()).toBe(golden(`${name}.mmd`, topology.mermaid()));
  });
});
