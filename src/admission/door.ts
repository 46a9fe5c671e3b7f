import type { Clock } from '../common/clock.ts';
import type { AdaptiveLimit } from './adaptive-limit.ts';

/** Why somebody is not let in: the door is full, or nearly full and its key holds more than its share. */
export type ShedReason = 'full' | 'share';

/** A place that was taken. */
export interface Place {
  /**
   * Gives it back; called again, it does nothing.
   * @param isTypical whether the time it was held says how fast the service is: not if the caller hung up
   */
  leave(isTypical?: boolean): void;
}

/** Not let in. */
export interface Shed {
  readonly shed: ShedReason;
  /** When to try again. It differs from one to the next, so that not all come back at once. Seconds, 1 to 4. */
  readonly retryAfterSeconds: number;
}

export interface Door {
  /** Whether somebody would be shed now; takes no place. What is shed is counted. */
  look(key: string): Shed | undefined;
  /** Takes a place, or is shed and counted. */
  enter(key: string): Place | Shed;
  readonly inFlight: number;
  readonly limit: number;
  /** The process was late by so much (milliseconds): the door learns from it. */
  delayed(lateMs: number): void;
}

export interface DoorOptions {
  readonly limit: AdaptiveLimit;
  /** Milliseconds; should be finer than the wall clock and never go back. */
  readonly clock: Clock;
  readonly onShed?: (reason: ShedReason) => void;
}

/**
 * Under this key stand all whose merchant is not known: together they have one share, however many names they make up.
 */
export const unknownKey = 'unknown';

/** Of all places, those that only keys below their share get: who sends little finds one while others fill the rest. */
const keptForSmall = 0.25;
const retryChoices = 4;

export const isShed = (entered: Place | Shed): entered is Shed => 'shed' in entered;

/**
 * Lets in as many at once as the limit says, and nobody waits at it: what is shed costs next to nothing and can be tried
 * elsewhere. A key's share is an equal part of the limit, for each key that is in and one that may come. Who holds its
 * share gets another place only while more than a quarter of all is free, so a key that floods keeps nobody else out.
 */
export const createDoor = ({ limit, clock, onShed = () => undefined }: DoorOptions): Door => {
  const held = new Map<string, number>();
  let inFlight = 0;
  let turn = 0;

  const reasonAgainst = (key: string): ShedReason | undefined => {
    const most = limit.current;
    if (inFlight >= most) return 'full';
    if (inFlight < most - Math.ceil(most * keptForSmall)) return undefined;
    // One more than are in: whoever comes next is to find a place, also where one key alone is in.
    const share = Math.max(1, most / (held.size + 1));
    return (held.get(key) ?? 0) >= share ? 'share' : undefined;
  };

  const shed = (reason: ShedReason): Shed => {
    onShed(reason);
    turn = (turn + 1) % retryChoices;
    return { shed: reason, retryAfterSeconds: 1 + turn };
  };

  const release = (key: string): void => {
    inFlight -= 1;
    const others = (held.get(key) ?? 1) - 1;
    if (others === 0) held.delete(key);
    else held.set(key, others);
  };

  return {
    look: (key) => {
      const reason = reasonAgainst(key);
      return reason === undefined ? undefined : shed(reason);
    },
    enter: (key) => {
      const reason = reasonAgainst(key);
      if (reason !== undefined) return shed(reason);
      inFlight += 1;
      held.set(key, (held.get(key) ?? 0) + 1);
      const since = clock.now();
      const underWay = inFlight;
      let isIn = true;
      return {
        leave: (isTypical = true) => {
          if (!isIn) return;
          isIn = false;
          release(key);
          const now = clock.now();
          if (isTypical) limit.worked(key, now - since, underWay, now);
        },
      };
    },
    get inFlight() {
      return inFlight;
    },
    get limit() {
      return limit.current;
    },
    delayed: (lateMs) => {
      limit.delayed(lateMs, clock.now());
    },
  };
};

/** A door that lets everybody in, where nothing is to be shed. */
export const openDoor: Door = {
  look: () => undefined,
  enter: () => ({ leave: () => undefined }),
  inFlight: 0,
  limit: Number.POSITIVE_INFINITY,
  delayed: () => undefined,
};
