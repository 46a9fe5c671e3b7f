import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Consumed,
  jsonSerde,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  Suppressed,
  TimeWindows,
  windowedSerde,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { kafkaRig, record } from '../kafka-rig.ts';

const numbers = jsonSerde<number>();
const windows = TimeWindows.ofSizeAndGrace(1_000, 500);
const keySerde = windowedSerde(stringSerde, windows.sizeMs);

describe('windows whose results are held back', () => {
  it('go on in another instance, which has nothing but the changelogs', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions: 1 });
    const builder = new StreamsBuilder('windows').deadLettersTo(rig.topics.dead);
    builder
      .stream<string, number>(rig.topics.in, Consumed.with(numbers))
      .groupByKey()
      .windowedBy(windows)
      .count()
      .suppress(Suppressed.untilWindowCloses())
      .toStream()
      .to(rig.topics.out, Produced.withKey(keySerde, longSerde));
    const topology = builder.build();
    let sent = 0;
    const send = async (rows: readonly (readonly [key: string, timestamp: number])[]): Promise<void> => {
      const records = rows.map(([key, timestamp]) => record(key, 1, timestamp));
      await rig.send(rig.topics.in, 0, records);
      sent += rows.length;
      const isCommitted = async () => (await rig.committed('windows', rig.topics.in, 0)) === sent;
      await until('all is committed', isCommitted, 20_000);
    };
    const base = 1_700_000_000_000;

    const first = await rig.streams(topology);
    await first.start();
    await send([
      ['a', base],
      ['b', base + 900],
      ['a', base + 1_400],
      ['a', base + 100],
    ]);
    await send([['b', base + 1_500]]);
    await first.close();

    // The folder of its stores is another: all of it comes from the changelogs, the stream time from the offsets.
    const second = await rig.streams(topology);
    await second.start();
    await send([
      ['a', base + 200],
      ['a', base + 1_450],
      ['z', base + 9_000],
    ]);
    await second.close();
    const results = await rig.read(rig.topics.out, 0, 4);
    expect(
      results.map(({ key, value, timestamp }) => {
        const windowed = keySerde.deserialize(key ?? Buffer.alloc(0));
        const count = longSerde.deserialize(value ?? Buffer.alloc(0));
        return [windowed.key, windowed.window.start - base, count, timestamp - base];
      }),
    ).toEqual([
      ['a', 0, 2, 100],
      ['b', 0, 1, 900],
      ['a', 1_000, 2, 1_450],
      ['b', 1_000, 1, 1_500],
    ]);
  });
});
