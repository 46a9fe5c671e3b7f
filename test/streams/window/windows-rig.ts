import {
  Consumed,
  Grouped,
  jsonSerde,
  type KTable,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  Suppressed,
  type TimeWindows,
  TopologyTestDriver,
  type Window,
  type Windowed,
  windowedSerde,
} from '../../../src/streams/index.ts';
import { BadError } from '../harness.ts';

/** What becomes of a record on its way to the windows. */
export type Fate = 'counted' | 'filtered' | 'poison';

export interface Input {
  readonly key: string;
  readonly fate: Fate;
  readonly timestamp: number;
}

/** `key@start`, a count (null for none), and the record's timestamp. */
export type Counted = readonly [key: string, count: number | null, timestamp: number];

export interface WindowsRigOptions {
  readonly windows: TimeWindows;
  readonly suppress?: boolean;
  readonly repartition?: boolean;
  readonly retentionMs?: number;
}

const fates = jsonSerde<Fate>();

/** A windowed count of what is counted, on the driver. */
export const windowsRig = ({ windows, suppress, repartition, retentionMs }: WindowsRigOptions) => {
  const late: string[] = [];
  const builder = new StreamsBuilder('windows').deadLettersTo('dlq');
  const counted = builder
    .stream('in', Consumed.with(fates))
    .mapValues((fate): Fate => {
      if (fate === 'poison') throw new BadError('Poison');
      return fate;
    })
    .filter((fate) => fate === 'counted');
  const grouped = repartition === true ? counted.groupBy(({ key }) => key, Grouped.with(fates)) : counted.groupByKey();
  const onLate = (record: { readonly key: string; readonly timestamp: number }, { start }: Window, time: number) =>
    late.push(`${record.key}:${String(record.timestamp)} for ${String(start)} at ${String(time)}`);
  const table = grouped.windowedBy(windows, { onLate }).count(retentionMs === undefined ? {} : { retentionMs });
  const final: KTable<Windowed<string>, number> = suppress === true
    ? table.suppress(Suppressed.untilWindowCloses())
    : table;
  const keySerde = windowedSerde(stringSerde, windows.sizeMs);
  final.toStream().to('out', Produced.withKey(keySerde, longSerde));
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', stringSerde, fates);
  const output = driver.createOutputTopic('out', keySerde, longSerde);
  return {
    ...{ driver, table, late },
    /** One micro-batch. */
    send: (records: readonly Input[]): Promise<void> =>
      input.pipeRecords(records.map(({ key, fate, timestamp }) => ({ key, value: fate, timestamp }))),
    read: (): readonly Counted[] =>
      output
        .readRecords()
        .map(
          ({ key, value, timestamp }) => [`${key?.key ?? ''}@${String(key?.window.start)}`, value, timestamp] as const,
        ),
  };
};

export const counted = (key: string, timestamp: number): Input => ({ key, fate: 'counted', timestamp });
