import { setTimeout as sleep } from 'node:timers/promises';

/** The services beside ours that stand-ins take the place of. */
export const standinNames = ['core', 'auth', 'event-tracking', 'campaign', 'rfm-analytics', 'admincore'] as const;
export type StandinName = (typeof standinNames)[number];

/**
 * How a stand-in behaves: as it should; each thing only after a while; with wrong answers, which each has its own of; or
 * as if it were not there.
 */
export const modes = ['ok', 'slow', 'wrong', 'away'] as const;
export type Mode = (typeof modes)[number];

/** What a stand-in was told. */
export interface Orders {
  readonly mode: Mode;
  /** How long each thing takes while it is slow; milliseconds. */
  readonly delayMs: number;
}

/** The orders of one stand-in, which may change at any moment. */
export interface Conduct {
  current(): Orders;
  set(orders: Orders): void;
  /**
   * For who answers at once or not at all: waits as long as slowness takes.
   * @returns how to answer
   */
  answer(): Promise<Exclude<Mode, 'slow'>>;
  /**
   * For who works through what waits for it: while it is away it takes nothing up.
   * @param alive called every now and then meanwhile, or whoever waits for a sign of life gives it up
   * @returns how to do the work
   * @throws the signal's reason
   */
  turn(signal: AbortSignal, alive: () => Promise<void>): Promise<'ok' | 'wrong'>;
}

/** @param signOfLifeMs how often who waits shows that it lives; milliseconds */
export const createConduct = (signOfLifeMs = 1_000): Conduct => {
  let orders: Orders = { mode: 'ok', delayMs: 0 };
  let changed = Promise.withResolvers<null>();

  const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    await Promise.race([sleep(milliseconds, undefined, { signal }).catch(() => undefined), changed.promise]);
    signal.throwIfAborted();
  };

  return {
    current: () => orders,
    set: (next) => {
      orders = next;
      changed.resolve(null);
      changed = Promise.withResolvers<null>();
    },
    answer: async () => {
      const { mode, delayMs } = orders;
      if (mode !== 'slow') return mode;
      await sleep(delayMs);
      return 'ok';
    },
    turn: async (signal, alive) => {
      let waitedMs = 0;
      for (;;) {
        signal.throwIfAborted();
        const { mode, delayMs } = orders;
        if (mode === 'ok' || mode === 'wrong') return mode;
        const leftMs = mode === 'slow' ? delayMs - waitedMs : signOfLifeMs;
        if (leftMs <= 0) return 'ok';
        const startedMs = performance.now();
        await pause(Math.min(leftMs, signOfLifeMs), signal);
        if (mode === 'slow') waitedMs += performance.now() - startedMs;
        await alive();
      }
    },
  };
};

/** The conduct of every stand-in of a process. */
export type Conducts = Readonly<Record<StandinName, Conduct>>;

export const createConducts = (): Conducts => ({
  core: createConduct(),
  auth: createConduct(),
  'event-tracking': createConduct(),
  campaign: createConduct(),
  'rfm-analytics': createConduct(),
  admincore: createConduct(),
});
