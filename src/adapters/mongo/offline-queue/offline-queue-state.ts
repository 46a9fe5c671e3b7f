import type { Collection, Document } from 'mongodb';
import { integerOf } from '../bson.ts';

/** A put or a removal under way. */
interface Pending {
  readonly id: string;
  readonly count: number;
  /** By the server's clock. */
  readonly at: Date;
}

/** About the queue as a whole: what the document `count` holds. */
export interface QueueState {
  /** Never less than what waits: room is taken before anything is put, and given back after it was removed. */
  readonly waiting: number;
  /** The greatest number that was ever given. */
  readonly lastArrival: number;
  readonly isBlocked: boolean;
}

export interface Reservation {
  /** How many of those asked for find room. */
  readonly granted: number;
  /** They are numbered from the one behind this. */
  readonly after: number;
}

/**
 * The state of the queue in one document, changed by one atomic update at a time. It is not kept right by transactions: one
 * of an instance that was killed stays open for a minute, and would keep all others from the document it has changed.
 */
export interface QueueStates {
  read(): Promise<QueueState>;
  /** Takes room for as many as there is, under an id of its own until it is settled. */
  reserve(
    id: string,
    count: number,
    options: { readonly limit: number; readonly isBlocked: boolean },
  ): Promise<Reservation>;
  /** Says that so many are about to be removed. */
  begin(id: string, count: number): Promise<void>;
  /** What was reserved or begun is done; so many of the queue's places are free again. */
  settle(id: string, freed: number): Promise<void>;
  unblock(): Promise<void>;
  /**
   * Puts the state right by what is really there, unless something is under way.
   * @param count how many wait, and the greatest number among them
   * @returns how many are missing that no instance can have left behind when it was killed
   */
  recount(count: () => Promise<{ readonly there: number; readonly greatest: number }>): Promise<number>;
}

/** Longer than any put or removal may take; what is older was left by an instance that was killed. */
const abandonedAfterMs = 30_000;
const attempts = 3;

const id = { _id: 'count' } as const;
const orZero = (field: string): Document => ({ $ifNull: [field, 0] });
const pendingSoFar = { $ifNull: ['$pending', []] };
const plus = (field: string, change: unknown): Document => ({ $add: [orZero(field), change] });

const stateOf = (found: Document | null | undefined): QueueState => ({
  waiting: Number(found?.['reserved'] ?? 0),
  lastArrival: Number(found?.['last_arrival'] ?? 0),
  isBlocked: found?.['blocked'] === true,
});

export const createQueueStates = (states: Collection<Document & { _id: string }>): QueueStates => {
  /** The document, and the time it is at the server. */
  const readNow = async (): Promise<Document | undefined> => {
    const [found] = await states.aggregate([{ $match: id }, { $set: { now: '$$NOW' } }]).toArray();
    return found;
  };

  return {
    read: async () => stateOf(await states.findOne(id)),
    reserve: async (name, count, { limit, isBlocked }) => {
      const granted = { $max: [0, { $min: [count, { $subtract: [limit, orZero('$reserved')] }] }] };
      const isGranted = { $gt: [granted, 0] };
      const entry = { id: { $literal: name }, count: granted, after: orZero('$last_arrival'), at: '$$NOW' };
      const change = {
        reserved: plus('$reserved', granted),
        last_arrival: plus('$last_arrival', granted),
        turns: plus('$turns', { $cond: [isGranted, 1, 0] }),
        blocked: { $or: [{ $ifNull: ['$blocked', false] }, isBlocked] },
        pending: { $cond: [isGranted, { $concatArrays: [pendingSoFar, [entry]] }, pendingSoFar] },
      };
      const options = { upsert: true, returnDocument: 'after' } as const;
      const found = await states.findOneAndUpdate(id, [{ $set: change }], options);
      const pending = (found?.['pending'] ?? []) as readonly (Pending & { readonly after: number })[];
      const own = pending.find((each) => each.id === name);
      return { granted: own?.count ?? 0, after: own?.after ?? 0 };
    },
    begin: async (name, count) => {
      const entry = { id: { $literal: name }, count, at: '$$NOW' };
      const change = { turns: plus('$turns', 1), pending: { $concatArrays: [pendingSoFar, [entry]] } };
      await states.updateOne(id, [{ $set: change }], { upsert: true });
    },
    settle: async (name, freed) => {
      // Whoever comes after it was given up as abandoned finds that already counted.
      const own = { ...id, 'pending.id': name };
      // Not -freed: the driver writes -0 as a double.
      const $inc = { reserved: integerOf(0 - freed), turns: 1 };
      await states.updateOne(own, { $pull: { pending: { id: name } } as Document, $inc });
    },
    unblock: async () => {
      await states.updateOne({ ...id, blocked: true }, { $set: { blocked: false } });
    },
    recount: async (count) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const found = await readNow();
        const pending = (found?.['pending'] ?? []) as readonly Pending[];
        const now = found?.['now'] as Date | undefined;
        if (pending.some(({ at }) => Number(now) - Number(at) < abandonedAfterMs)) continue;
        const { there, greatest } = await count();
        const { waiting, lastArrival } = stateOf(found);
        if (there === waiting && pending.length === 0) return 0;
        const turns = found?.['turns'] as number | undefined;
        // Where the state was lost, what waits must not get a second one of its number.
        const last_arrival = integerOf(Math.max(lastArrival, greatest));
        const $set = { reserved: integerOf(there), last_arrival, pending: [] };
        const filter = turns === undefined ? { ...id, turns: { $exists: false } } : { ...id, turns };
        const change = { $set, $inc: { turns: 1 } };
        const { matchedCount, upsertedCount } = await states.updateOne(filter, change, { upsert: found === undefined });
        if (matchedCount + upsertedCount === 0) continue;
        const abandoned = pending.reduce((sum, one) => sum + one.count, 0);
        return Math.max(0, waiting - there - abandoned);
      }
      return 0;
    },
  };
};
