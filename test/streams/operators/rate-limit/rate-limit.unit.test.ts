import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  LocalTokenBuckets,
  Produced,
  rateLimit,
  StreamsBuilder,
  stringSerde,
  TopologyTestDriver,
  withLocalFallback,
} from '../../../../src/streams/index.ts';
import { AwayError, BadError, consumed } from '../../harness.ts';
import { perSecond, rateLimitRig, values, waiting } from './rate-limit-rig.ts';

describe('a key below its limit', () => {
  it('is let through at once, and nothing is kept of it', async () => {
    const { pipe, entries, world } = rateLimitRig();
    expect(await pipe(...values('a', 1, 5))).toEqual(values('a', 1, 5));
    expect(await entries()).toEqual([]);
    expect([world.limited, world.deferred]).toEqual([[], 0]);
  });

  it('is asked for with all the others of the micro-batch, in one call', async () => {
    const { pipe, world } = rateLimitRig();
    await pipe('a1', 'b1', 'a2', 'c1');
    const limit = { ratePerSecond: 5, burst: 5 };
    expect(world.taken).toEqual([
      [
        { key: 'a', wanted: 2, ...limit },
        { key: 'b', wanted: 1, ...limit },
        { key: 'c', wanted: 1, ...limit },
      ],
    ]);
  });

  it('is not asked for at all without a limit', async () => {
    const { pipe, world } = rateLimitRig();
    world.limits.set('a', null);
    expect(await pipe(...values('a', 1, 50))).toHaveLength(50);
    expect(world.taken).toEqual([]);
  });
});

describe('a key over its limit', () => {
  it('has what is over it wait, in order, while others flow', async () => {
    const { pipe, wait } = rateLimitRig();
    expect(await pipe(...values('a', 1, 8), 'b1', 'a9', 'b2')).toEqual([...values('a', 1, 5), 'b1', 'b2']);
    // 5/s: one every 200 ms.
    expect(await wait(100)).toEqual([]);
    expect(await wait(100)).toEqual(['a6']);
    expect(await wait(400)).toEqual(['a7', 'a8']);
    expect(await wait(1_000)).toEqual(['a9']);
  });

  it('has whatever comes later queue behind, also when there are tokens', async () => {
    const { pipe, sleep, wait } = rateLimitRig();
    await pipe(...values('a', 1, 7));
    sleep(90);
    expect(await pipe('a8')).toEqual([]);
    sleep(5_000);
    // The punctuation that is due comes behind the batch it comes with.
    expect(await pipe('a9', 'b1')).toEqual(['b1', ...values('a', 6, 9)]);
    expect(await wait(100)).toEqual([]);
  });

  it('drains at the permitted rate, exactly', async () => {
    const { pipe, wait, world } = rateLimitRig();
    world.limits.set('a', perSecond(40));
    expect(await pipe(...values('a', 1, 440))).toHaveLength(40);
    const drained: string[] = [];
    for (let tenth = 1; tenth <= 100; tenth += 1) {
      drained.push(...(await wait(100)));
      expect(drained).toHaveLength(tenth * 4);
    }
    expect(drained).toEqual(values('a', 41, 440));
  });

  it('gets what its bucket holds, however many pieces the micro-batch is taken in', async () => {
    const { pipe, world } = rateLimitRig();
    world.limits.set('a', perSecond(1_200));
    const passed = await pipe('a0!', ...values('a', 1, 2_500));
    expect(passed).toEqual(values('a', 1, 1_200));
    expect(world.taken.flat().map(({ wanted }) => wanted)).toEqual([1_000, 1_000]);
  });

  it('is at its limit again when the queue has drained and no token is left', async () => {
    const { pipe, wait, world } = rateLimitRig();
    await pipe(...values('a', 1, 6));
    expect(await wait(200)).toEqual(['a6']);
    expect(await pipe('a7')).toEqual([]);
    expect(await wait(200)).toEqual(['a7']);
    expect(world.limited).toEqual(['a', 'a']);
  });

  it('counts once until nothing of it waits any more; what waits is shown as it is committed', async () => {
    const { pipe, wait, world, close } = rateLimitRig();
    await pipe(...values('a', 1, 7));
    await pipe('a8', 'b1');
    await pipe(...values('b', 2, 6));
    expect(world.limited).toEqual(['a', 'b']);
    expect(world.deferred).toBe(4);
    expect(world.gauge).toEqual([0, 2, 3, 4]);
    await wait(200);
    expect(world.gauge.at(-1)).toBe(2);
    await wait(1_000);
    expect(world.gauge.at(-1)).toBe(0);
    world.gauge.length = 0;
    close();
    expect(world.gauge).toEqual([0]);
  });
});

describe('the drain', () => {
  it('is not called while nothing waits', async () => {
    const { pipe, wait, sleep, isPunctuationDue } = rateLimitRig();
    // The first call looks whether the task's last owner has left records.
    expect(await wait(100)).toEqual([]);
    sleep(60_000);
    expect(isPunctuationDue()).toBe(false);
    await pipe('a1');
    sleep(60_000);
    expect(isPunctuationDue()).toBe(false);
    await pipe(...values('a', 2, 7));
    await wait(1_000);
    sleep(60_000);
    expect(isPunctuationDue()).toBe(false);
  });

  it('takes the tokens of all keys in one call', async () => {
    const { pipe, wait, world } = rateLimitRig();
    await pipe(...values('a', 1, 7), ...values('b', 1, 6), 'c1');
    world.taken.length = 0;
    await wait(200);
    expect(world.taken.map((requests) => requests.map(({ key, wanted }) => [key, wanted]))).toEqual([
      [
        ['a', 2],
        ['b', 1],
      ],
    ]);
  });

  it('shares what may go on at once between the keys', async () => {
    const { pipe, wait, world } = rateLimitRig({ maxDrainedRecords: 10 });
    await pipe(...values('a', 1, 105), ...values('b', 1, 7), ...values('c', 1, 105));
    world.limits.set('a', null).set('b', null).set('c', null);
    expect(await wait(100)).toEqual([...values('a', 6, 9), ...values('b', 6, 7), ...values('c', 6, 9)]);
    expect(await wait(100)).toEqual([...values('a', 10, 14), ...values('c', 10, 14)]);
  });

  it('goes round where there is not one for every key', async () => {
    const { pipe, wait, world } = rateLimitRig({ maxDrainedRecords: 2 });
    await pipe(...['a', 'b', 'c'].flatMap((key) => values(key, 1, 8)));
    for (const key of ['a', 'b', 'c']) world.limits.set(key, null);
    expect(await wait(100)).toEqual(['a6', 'b6']);
    expect(await wait(100)).toEqual(['c6', 'a7']);
    await pipe('b9', 'c9');
    expect(await wait(100)).toEqual(['b7', 'c7']);
  });

  it('follows a limit that is raised, lowered or removed while records wait', async () => {
    const { pipe, wait, world } = rateLimitRig();
    await pipe(...values('a', 1, 100));
    expect(await wait(1_000)).toHaveLength(5);
    world.limits.set('a', perSecond(20));
    expect(await wait(100)).toEqual([]);
    expect(await wait(900)).toHaveLength(18);
    world.limits.set('a', perSecond(1));
    await wait(100);
    expect(await wait(1_000)).toHaveLength(1);
    world.limits.set('a', null);
    const rest = await wait(100);
    expect(rest.at(-1)).toBe('a100');
    expect(await pipe('a101')).toEqual(['a101']);
  });

  it('hands a record on as it was, with its own time and headers', async () => {
    const { run, wait, produced } = rateLimitRig({ drainIntervalMs: 1_000 });
    const headers = { trace: [Buffer.from('one'), 'two'], plain: Buffer.from('three') };
    const many = Array.from({ length: 6 }, (_, offset) =>
      consumed('a', { key: 'a', offset, timestamp: 70 + offset, headers }),
    );
    await run(many);
    expect(await wait(1_000)).toEqual(['a']);
    const { partition: _, ...last } = produced.at(-1)!;
    expect(last).toEqual({ key: Buffer.from('a'), value: Buffer.from('"a"'), timestamp: 75, headers });
  });

  it('hands on what operators before made of a record, where that is kept', async () => {
    const rig = rateLimitRig({ isAsRead: false, keyOf: () => 'all' });
    await rig.pipe(...values('a', 1, 7));
    await rig.wait(1_000);
    expect(rig.produced.map(({ key, value }) => [key?.toString(), value?.toString()]).at(-1)).toEqual(['a', '"a7"']);
  });
});

describe('records that are not limited', () => {
  it('pass by those that wait', async () => {
    const { pipe, wait, world } = rateLimitRig({ isLimited: ({ value }) => !value.endsWith('?') });
    await pipe(...values('a', 1, 7));
    expect(await pipe('a8?', 'a9')).toEqual(['a8?']);
    await wait(2_000);
    expect(world.taken.flat().some(({ key }) => key !== 'a')).toBe(false);
  });
});

describe('a limit that cannot be had', () => {
  it('fails the records of its key, and has those that wait go on waiting', async () => {
    const { pipe, wait, world, letters } = rateLimitRig();
    await pipe(...values('a', 1, 6));
    world.limits.set('a', new AwayError('Away')).set('b', new AwayError('Away'));
    expect(await pipe('a7', 'b1', 'c1')).toEqual(['c1']);
    expect(letters.map(({ key }) => key?.toString())).toEqual(['b']);
    expect(await wait(5_000)).toEqual([]);
    world.limits.clear();
    expect(await wait(100)).toEqual(['a6', 'a7']);
  });
});

describe('a poison record', () => {
  it('below the limit costs itself, takes no tokens twice and is no reason to tell anything twice', async () => {
    const { pipe, world, letters } = rateLimitRig();
    expect(await pipe('a1', 'a2!', 'a3', 'a4', 'a5', 'a6', 'a7')).toEqual(['a1', 'a3', 'a4', 'a5', 'a6']);
    expect(letters).toHaveLength(1);
    expect(world.taken).toHaveLength(1);
    expect([world.limited, world.deferred]).toEqual([['a'], 1]);
  });

  it('among those that waited costs one dead letter with its original bytes, and its neighbours nothing', async () => {
    const { run, pipe, wait, letters, world } = rateLimitRig();
    await pipe(...values('a', 1, 6));
    const headers = { trace: 'abc' };
    const poison = consumed('a7!', { key: 'a', offset: 4_711, timestamp: 99, headers });
    await run([poison]);
    await pipe('a8');
    expect(await wait(1_000)).toEqual(['a6', 'a8']);
    expect(letters).toHaveLength(1);
    const [letter] = letters;
    expect([letter?.key, letter?.value, letter?.timestamp]).toEqual([poison.key, poison.value, 99]);
    expect(letter?.headers).toMatchObject({
      trace: 'abc',
      '__streams.errors.topic': 'in',
      '__streams.errors.offset': '4711',
      '__streams.errors.timestamp': '99',
    });
    expect(world.takenBack).toEqual(['a7!']);
    expect(await wait(1_000)).toEqual([]);
    expect(letters).toHaveLength(1);
  });

  it('that must not go on any more, by what is remembered of it, is dropped in its turn, and its neighbours go on', async () => {
    const { pipe, wait, letters, world, entries } = rateLimitRig();
    await pipe(...values('a', 1, 8));
    world.forgotten.add('a7');
    expect(await wait(1_000)).toEqual(['a6', 'a8']);
    expect([letters, world.takenBack]).toEqual([[], []]);
    expect(await entries()).toEqual([]);
  });

  it('that cannot be read any more after it has waited is a dead letter as well', async () => {
    let isReadable = true;
    const rig = rateLimitRig({
      valueSerde: {
        serialize: (value) => Buffer.from(JSON.stringify(value)),
        deserialize: (bytes) => {
          const value = JSON.parse(bytes.toString()) as string;
          if (!isReadable && value === 'a6') throw new BadError('Not readable');
          return value;
        },
      },
    });
    await rig.pipe(...values('a', 1, 8));
    isReadable = false;
    expect(await rig.wait(1_000)).toEqual(['a7', 'a8']);
    expect(rig.letters.map(({ value }) => value?.toString())).toEqual(['"a6"']);
    expect(rig.world.takenBack).toEqual([]);
    expect(await rig.entries()).toEqual([]);
  });

  it('that may pass has the batch tried again; nothing that waits is lost, doubled or told twice', async () => {
    const { pipe, wait, world, letters } = rateLimitRig({ onRetryable: 'keep-trying' });
    await pipe(...values('a', 1, 6), 'a7!', 'a8');
    world.poison = new AwayError('Away');
    await expect(wait(1_000)).rejects.toThrow('Away');
    await expect(pipe('b1')).rejects.toThrow('Away');
    expect(world.gauge.at(-1)).toBe(3);
    world.poison = new BadError('Bad');
    expect(await wait(1_000)).toEqual(['a6', 'a8']);
    expect(letters).toHaveLength(1);
    expect(world.deferred).toBe(3);
    expect(world.limited).toEqual(['a']);
  });
});

describe('records of several sources', () => {
  it('in one micro-batch share the tokens, and keep their order', async () => {
    const numbers = jsonSerde<number>();
    const builder = new StreamsBuilder('two-sources');
    builder
      .stream<string, number>('left', Consumed.with(numbers))
      .merge(builder.stream<string, number>('right', Consumed.with(numbers)))
      .pipe(
        rateLimit<string, number>('limit', {
          ...{ store: waiting, buckets: new LocalTokenBuckets(), keyOf: ({ key }) => key },
          limitOf: () => perSecond(5),
          ...{ keySerde: stringSerde, valueSerde: numbers, isAsRead: true },
        }),
      )
      .to('out', Produced.with(numbers));
    const driver = new TopologyTestDriver(builder.build());
    const sides = ['left', 'left', 'right', 'left', 'right', 'right', 'right', 'left'];
    await driver.pipeBytes(sides.map((topic, offset) => consumed(offset, { topic, key: 'a', offset, timestamp: 1 })));
    const passed = () => driver.read('out', numbers).map(({ value }) => value);
    expect(passed()).toEqual([0, 1, 2, 3, 4]);
    await driver.advanceWallClockTime(1_000);
    expect(passed()).toEqual([5, 6, 7]);
  });
});

describe('a task that is taken over', () => {
  it('goes on with what waited, in order, and shows it', async () => {
    const { pipe, wait, restart, world } = rateLimitRig();
    await pipe(...values('a', 1, 8));
    restart();
    expect(await pipe('a9')).toEqual([]);
    expect(world.gauge.slice(-3)).toEqual([0, 3, 4]);
    restart();
    expect(await wait(2_000)).toEqual(values('a', 6, 9));
    expect(world.limited).toEqual(['a']);
    expect(world.deferred).toBe(4);
  });

  it('drains also when no record ever comes again', async () => {
    const { pipe, wait, restart } = rateLimitRig();
    await pipe(...values('a', 1, 7));
    restart();
    expect(await wait(100)).toEqual([]);
    expect(await wait(400)).toEqual(['a6', 'a7']);
  });
});

describe('while the shared buckets are away', () => {
  it('the local ones limit as well', async () => {
    const away = { take: () => Promise.reject(new AwayError('Redis')) };
    const rig = rateLimitRig({ buckets: withLocalFallback(away, new LocalTokenBuckets()) });
    expect(await rig.pipe(...values('a', 1, 8))).toEqual(values('a', 1, 5));
    expect(await rig.wait(400)).toEqual(['a6', 'a7']);
  });

  it('and nobody takes their place, the batch waits for them', async () => {
    let isAway = true;
    const rig = rateLimitRig({
      onRetryable: 'keep-trying',
      buckets: {
        take: (requests) =>
          isAway ? Promise.reject(new AwayError('Redis')) : Promise.resolve(requests.map(({ wanted }) => wanted)),
      },
    });
    await expect(rig.pipe('a1')).rejects.toThrow('Redis');
    isAway = false;
    expect(await rig.pipe('a1')).toEqual(['a1']);
  });
});
