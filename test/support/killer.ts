import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerHandle } from '../../src/ops/dev/server.ts';
import type { Random } from './random.ts';
import { until } from './until.ts';

/** When to kill: not before so many deliveries, and then a while after work has been seen to go on. */
export interface Strike {
  readonly afterDeliveries: number;
  readonly delayMs: number;
}

/** Strikes at random moments, one in each equal part of the first nine tenths of a run. */
export const planStrikes = (random: Random, strikes: number, deliveries: number): readonly Strike[] => {
  const part = Math.floor((deliveries * 0.9) / strikes);
  return Array.from({ length: strikes }, (_, index) => ({
    afterDeliveries: index * part + random.between(Math.floor(part / 4), Math.floor(part / 2)),
    delayMs: random.between(0, 2_000),
  }));
};

export interface KillerOptions {
  readonly victim: ServerHandle;
  readonly strikes: readonly Strike[];
  /** Deliveries acknowledged so far. */
  readonly delivered: () => number;
  /** Something that grows as the victim works. */
  readonly progress: () => Promise<number>;
  /** Deliveries that may go on while a strike is due, so that it falls into the flow and not behind it. */
  readonly leeway: number;
}

export interface Killer {
  readonly kills: number;
  /** Resolves when all strikes have been done and the victim is up again. */
  readonly done: Promise<void>;
  /** Holds a delivery that would leave a due strike too far behind. */
  gate(index: number): Promise<void>;
}

const workSeenWithinMs = 90_000;

/** Kills with -9 and starts again on the same state, as often as planned, each time only after work has been seen. */
export const startKiller = (options: KillerOptions): Killer => {
  const { victim, strikes, delivered, progress, leeway } = options;
  let kills = 0;
  const strike = async ({ afterDeliveries, delayMs }: Strike): Promise<void> => {
    await until(`${afterDeliveries} deliveries were made`, () => delivered() >= afterDeliveries, workSeenWithinMs);
    const before = await progress();
    await until('the victim was seen to work', async () => (await progress()) > before, workSeenWithinMs);
    await sleep(delayMs);
    victim.kill('SIGKILL');
    const { signal } = await victim.exited;
    if (signal !== 'SIGKILL') throw new Error(`The victim ended by ${signal ?? 'itself'} before it was killed`);
    kills += 1;
    await victim.restart();
  };
  const done = (async () => {
    for (const one of strikes) await strike(one);
  })();
  // It is awaited at the end of the run; until then a failure must not end the process.
  done.catch(() => undefined);
  return {
    done,
    get kills() {
      return kills;
    },
    gate: async (index) => {
      const isHeld = (): boolean => index >= (strikes[kills]?.afterDeliveries ?? Number.POSITIVE_INFINITY) + leeway;
      if (isHeld()) await Promise.race([until('the strike was done', () => !isHeld(), 2 * workSeenWithinMs), done]);
    },
  };
};
