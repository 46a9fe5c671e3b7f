import { describe, expect, it } from 'vitest';
import type { PunctuationType } from '../../../src/streams/index.ts';
import { Punctuations, type TaskTime } from '../../../src/streams/runtime/punctuations.ts';

const at = (wallClock: number, streamTime = 0): TaskTime => ({ wallClock, streamTime });

/** A punctuator of 100 ms, and the times it was called at. */
const rig = (type: PunctuationType, begin: TaskTime) => {
  const punctuations = new Punctuations();
  const called: number[] = [];
  const cancellable = punctuations.schedule(
    'node',
    100,
    type,
    (timestamp) => {
      called.push(timestamp);
      return [];
    },
    begin,
  );
  const pass = async (time: TaskTime): Promise<void> => {
    if (!punctuations.isDue(time)) return;
    await punctuations.punctuate('node', time);
    punctuations.done(time);
  };
  return { punctuations, called, pass, cancellable };
};

describe('a punctuator on the wall clock', () => {
  it('is due first after one interval, then at each multiple', async () => {
    const { called, pass } = rig('WALL_CLOCK_TIME', at(1_000));
    for (const now of [1_000, 1_099, 1_100, 1_150, 1_199, 1_230, 1_299, 1_300]) await pass(at(now));
    expect(called).toEqual([1_100, 1_230, 1_300]);
  });

  it('is called once however many intervals have passed, and goes on with the next one ahead', async () => {
    const { called, pass, punctuations } = rig('WALL_CLOCK_TIME', at(0));
    await pass(at(1_050));
    expect(called).toEqual([1_050]);
    expect(punctuations.nextWallClock()).toBe(1_100);
  });

  it('is called at once where the clock was set back, and does not wait until it is there again', async () => {
    const { called, pass, punctuations } = rig('WALL_CLOCK_TIME', at(10_000));
    await pass(at(5_000));
    expect(called).toEqual([5_000]);
    expect(punctuations.nextWallClock()).toBe(5_100);
  });
});

describe('a punctuator on stream time', () => {
  it('is due with the first record, and then after each interval of the records time', async () => {
    const { called, pass } = rig('STREAM_TIME', at(0, 0));
    for (const streamTime of [0, 50_000, 50_099, 50_100, 50_350, 50_399, 50_400]) await pass(at(0, streamTime));
    expect(called).toEqual([50_000, 50_100, 50_350, 50_400]);
  });

  it('counts from the stream time the task begins with', async () => {
    const { called, pass } = rig('STREAM_TIME', at(0, 7_000));
    await pass(at(0, 7_099));
    await pass(at(0, 7_100));
    expect(called).toEqual([7_100]);
  });

  it('asks nobody to wake up for it', () => {
    expect(rig('STREAM_TIME', at(0)).punctuations.nextWallClock()).toBeNull();
  });
});

describe('a punctuator', () => {
  it('is not called any more once it is cancelled', async () => {
    const { called, pass, cancellable } = rig('WALL_CLOCK_TIME', at(0));
    cancellable.cancel();
    await pass(at(1_000));
    expect(called).toEqual([]);
  });

  it('stays due until what it did is done: a batch that is tried again calls it again', async () => {
    const { called, punctuations } = rig('WALL_CLOCK_TIME', at(0));
    await punctuations.punctuate('node', at(100));
    await punctuations.punctuate('node', at(100));
    expect(called).toEqual([100, 100]);
  });

  it('needs an interval of at least a millisecond', () => {
    expect(() => new Punctuations().schedule('node', 0, 'STREAM_TIME', () => [], at(0))).toThrow(RangeError);
  });
});
