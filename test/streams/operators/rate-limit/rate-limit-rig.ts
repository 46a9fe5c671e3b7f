import {
  Consumed,
  deferralStore,
  jsonSerde,
  LocalTokenBuckets,
  Produced,
  rateLimit,
  type RateLimit,
  type RateLimitOptions,
  StreamsBuilder,
  stringSerde,
  type TokenBuckets,
  type TokenRequest,
} from '../../../../src/streams/index.ts';
import type { ConsumedRecord, ProducedRecord } from '../../../../src/streams/ports.ts';
import { MemoryState } from '../../../../src/streams/state/memory-state.ts';
import type { LocalState } from '../../../../src/streams/state/store.ts';
import { DriverTask } from '../../../../src/streams/testing/driver-task.ts';
import { BadError, consumed, jsonOf } from '../../harness.ts';

export const waiting = deferralStore('waiting');
const marks = { name: 'marks', valueSerde: jsonSerde<boolean>() };
const serde = jsonSerde<string>();

/** A record of a test: `<key><number>`, as `a1`; one that ends in `!` fails behind the limit. */
export type Value = string;
const keyOf = (value: Value): string => value.slice(0, 1);

export const perSecond = (ratePerSecond: number, burst = ratePerSecond): RateLimit => ({ ratePerSecond, burst });

export interface RigOptions extends Partial<RateLimitOptions<string, string>> {
  /** What it runs on; an empty memory by default. */
  readonly state?: LocalState;
  readonly onRetryable?: 'keep-trying';
  /** When the task begins; milliseconds since the epoch. */
  readonly now?: number;
}

/** A task with a rate limit of 5/s for each key, on a wall clock that is moved by hand. */
export const rateLimitRig = ({ state = new MemoryState(), onRetryable, now = 0, ...options }: RigOptions = {}) => {
  const world = {
    now,
    limits: new Map<string, RateLimit | null | Error>(),
    /** What records that end in `!` fail with. */
    poison: new BadError('It is bad') as Error,
    /** Each call for tokens. */
    taken: [] as (readonly TokenRequest[])[],
    limited: [] as string[],
    deferred: 0,
    /** What was told to wait, each time it was. */
    gauge: [] as number[],
    takenBack: [] as string[],
    /** Records that must not go on when their turn comes. */
    forgotten: new Set<string>(),
    /** What went on behind the limit, in every pass. */
    seen: [] as string[],
  };
  const local = new LocalTokenBuckets();
  const buckets: TokenBuckets = {
    take: (requests, nowMs) => {
      world.taken.push(requests);
      return local.take(requests, nowMs);
    },
  };
  const builder = new StreamsBuilder('limited').deadLettersTo('dlq');
  builder
    .stream<string, string>('in', Consumed.with(serde))
    .pipe(
      rateLimit<string, string>('limit', {
        ...{ store: waiting, buckets, keyOf: ({ key }) => key, keySerde: stringSerde, valueSerde: serde },
        isAsRead: true,
        limitOf: async (key) => {
          const limit = world.limits.get(key);
          if (limit instanceof Error) throw limit;
          return limit === undefined ? perSecond(5) : limit;
        },
        remembered: {
          stores: [marks],
          create: () => ({
            resume: (records) => Promise.resolve(records.filter(({ value }) => !world.forgotten.has(value))),
            forget: (record) => {
              world.takenBack.push(record.value);
            },
          }),
        },
        hooks: {
          onLimited: (key) => world.limited.push(key),
          onDeferred: (records) => (world.deferred += records),
          deferred: (_taskId, records) => world.gauge.push(records),
        },
        ...options,
      }),
    )
    .mapValues((value) => {
      world.seen.push(value);
      if (value.endsWith('!')) throw world.poison;
      return value;
    })
    .to('out', Produced.with(serde));

  const begin = (): DriverTask =>
    new DriverTask({
      ...{ subTopology: 0, topology: builder.build().subTopologies()[0]!, state, maxRecordBytes: 1_000_000 },
      handlers: { deserialization: () => 'CONTINUE', processing: () => 'CONTINUE', production: () => 'CONTINUE' },
      isLastAttempt: onRetryable !== 'keep-trying',
      globalStore: () => {
        throw new BadError('There is none');
      },
      now: () => world.now,
    });
  let task = begin();
  let offset = 0;
  const letters: ProducedRecord[] = [];
  const produced: ProducedRecord[] = [];

  const run = async (records: readonly ConsumedRecord[]): Promise<Value[]> => {
    const outputs = await task.process(records);
    letters.push(...(outputs.get('dlq') ?? []));
    produced.push(...(outputs.get('out') ?? []));
    return (outputs.get('out') ?? []).map((record) => jsonOf(record) as string);
  };
  return {
    world,
    state,
    letters,
    produced,
    record: (value: Value): ConsumedRecord => consumed(value, { key: keyOf(value), offset: offset++, timestamp: 7 }),
    run,
    /** One micro-batch; answers what came through. */
    pipe: (...values: Value[]): Promise<Value[]> =>
      run(values.map((value) => consumed(value, { key: keyOf(value), offset: offset++, timestamp: 7 }))),
    /** Moves the wall clock; answers what the punctuation that is due then lets through. */
    wait: async (ms: number): Promise<Value[]> => {
      world.now += ms;
      return task.isPunctuationDue() ? run([]) : [];
    },
    /** Moves the wall clock, and nothing happens by then. */
    sleep: (ms: number): void => {
      world.now += ms;
    },
    isPunctuationDue: (): boolean => task.isPunctuationDue(),
    close: () => {
      task.close();
    },
    /** The task is let go of, and another takes over what was committed. */
    restart: (): void => {
      task.close();
      task = begin();
    },
    entries: async () => (await state.range(waiting.name, {})).map(([key]) => key),
  };
};

/** `a1` … `a5` */
export const values = (key: string, from: number, to: number): Value[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${key}${String(from + index)}`);
