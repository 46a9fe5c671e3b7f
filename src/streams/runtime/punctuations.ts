import type { NewRecord } from '../record.ts';
import type { Cancellable, PunctuationType, Punctuator } from '../topology/nodes.ts';

/** The two clocks of a task, in milliseconds since the epoch. */
export interface TaskTime {
  readonly streamTime: number;
  readonly wallClock: number;
}

interface Schedule {
  readonly node: string;
  readonly intervalMs: number;
  readonly type: PunctuationType;
  readonly punctuator: Punctuator<unknown, unknown>;
  nextAt: number;
}

const timeOf = (type: PunctuationType, { streamTime, wallClock }: TaskTime): number =>
  type === 'STREAM_TIME' ? streamTime : wallClock;

/** The punctuators of a task and when each is due, by the rules of Kafka Streams. */
export class Punctuations {
  readonly #schedules = new Set<Schedule>();

  /** @param time as it is now; a stream time of 0 says that no record has been read yet */
  schedule(
    node: string,
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator<unknown, unknown>,
    time: TaskTime,
  ): Cancellable {
    if (!(intervalMs >= 1)) throw new RangeError('A punctuation interval is at least one millisecond');
    const now = timeOf(type, time);
    // Before the first record there is no stream time to count from: that record brings the first punctuation.
    const nextAt = type === 'STREAM_TIME' && now === 0 ? 0 : now + intervalMs;
    const schedule: Schedule = { node, intervalMs, type, punctuator, nextAt };
    this.#schedules.add(schedule);
    return { cancel: () => this.#schedules.delete(schedule) };
  }

  isDue(time: TaskTime): boolean {
    return [...this.#schedules].some((schedule) => isDue(schedule, time));
  }

  /** Wall clock time at which the next punctuation is due; null where none is scheduled on it. */
  nextWallClock(): number | null {
    const times = [...this.#schedules].filter(({ type }) => type === 'WALL_CLOCK_TIME').map(({ nextAt }) => nextAt);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** What a node's due punctuators make, in the order they were scheduled. */
  async punctuate(node: string, time: TaskTime): Promise<readonly NewRecord<unknown, unknown>[]> {
    const made: NewRecord<unknown, unknown>[] = [];
    for (const schedule of this.#schedules) {
      if (schedule.node !== node || !isDue(schedule, time)) continue;
      made.push(...(await schedule.punctuator(timeOf(schedule.type, time))));
    }
    return made;
  }

  /** What was due is done: each is due again at the next multiple of its interval that lies ahead. */
  done(time: TaskTime): void {
    for (const schedule of this.#schedules) {
      if (!isDue(schedule, time)) continue;
      const now = timeOf(schedule.type, time);
      const missed = Math.floor((now - schedule.nextAt) / schedule.intervalMs);
      // From the first record on, not from the epoch.
      schedule.nextAt =
        schedule.nextAt === 0 ? now + schedule.intervalMs : schedule.nextAt + (missed + 1) * schedule.intervalMs;
    }
  }
}

const isDue = ({ type, nextAt, intervalMs }: Schedule, time: TaskTime): boolean => {
  const now = timeOf(type, time);
  if (type === 'STREAM_TIME') return now > 0 && now >= nextAt;
  // Set back by more than the interval, the wall clock would keep it from being due until it is there again.
  return now >= nextAt || nextAt - now > intervalMs;
};
