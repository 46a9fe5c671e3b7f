import { type AdaptiveLimitOptions, createAdaptiveLimit, createDoor, type Door, openDoor } from '../admission/index.ts';
import { stopwatch } from '../common/clock.ts';
import type { Config } from './config.ts';
import type { DoorName } from './metrics/admission-metrics.ts';
import type { RoleContext } from './role.ts';

/**
 * What callers are promised is 200 ms at p99; what nine of ten may take leaves room for the tenth. The least is what one
 * turn of the loop can always do besides: 64 reads are some 10 ms of work, 32 webhooks some 20. A redemption waits for its
 * decision and costs next to nothing meanwhile, so however slow decisions are, many may wait.
 */
const limits: Readonly<Record<DoorName, AdaptiveLimitOptions>> = {
  webhooks: { initial: 256, least: 32, most: 1_000, targetMs: 100 },
  requests: { initial: 256, least: 64, most: 2_000, targetMs: 150 },
  reads: { initial: 256, least: 64, most: 1_000, targetMs: 75 },
  redemptions: { initial: 256, least: 64, most: 2_000, targetMs: 150 },
};

/** A line for each time would be as many as there is too much. */
const tellEveryMs = 10_000;
const lookEveryMs = 20;

type Context = Pick<RoleContext, 'logger' | 'metrics' | 'lifecycle'> & { readonly config: Config<never> };

const createNamedDoor = (name: DoorName, { logger, metrics }: Pick<Context, 'logger' | 'metrics'>): Door => {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const door: Door = createDoor({
    limit: createAdaptiveLimit(limits[name]),
    clock: stopwatch,
    onShed: (reason) => {
      metrics.admission.shed(name, reason);
      if (stopwatch.now() - toldAtMs < tellEveryMs) return;
      toldAtMs = stopwatch.now();
      logger.warn({ door: name, reason, limit: door.limit }, 'More comes in than can be taken: some of it is shed');
    },
  });
  metrics.admission.show(name, door);
  return door;
};

/** Tells doors how late the event loop comes to its timers. @returns what ends it */
const watchLoop = (doors: readonly Door[]): (() => void) => {
  let dueMs = stopwatch.now() + lookEveryMs;
  const timer = setInterval(() => {
    const now = stopwatch.now();
    const lateMs = Math.max(0, now - dueMs);
    dueMs = now + lookEveryMs;
    for (const door of doors) door.delayed(lateMs);
  }, lookEveryMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
};

/** The doors of a role, which shed what is too much; with POINTS_SHEDDING=off they let everybody in. */
export const createDoors = <Name extends DoorName>(
  context: Context,
  ...names: readonly Name[]
): Readonly<Record<Name, Door>> => {
  const isOff = context.config.shedding === 'off';
  const doors = names.map((name) => [name, isOff ? openDoor : createNamedDoor(name, context)] as const);
  if (!isOff) context.lifecycle.add('event loop watch', watchLoop(doors.map(([, door]) => door)));
  return Object.fromEntries(doors) as Record<Name, Door>;
};
