import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { OfflineQueue, QueuedCommand, WaitingCommand } from '../../src/ingress/ports.ts';

export interface FakeOfflineQueue extends OfflineQueue {
  /** Every call fails while it is. */
  isAway: boolean;
  /** Another instance drains. */
  isHeldByOthers: boolean;
  nowMs: number;
  limit: number;
  /** How long a put takes. */
  putting: Promise<unknown>;
  waiting(): readonly WaitingCommand[];
  /** As a store's time to live does it. */
  vanish(eventId: string): void;
}

/** What the one in MongoDB does, in memory. */
export const fakeOfflineQueue = (): FakeOfflineQueue => {
  let documents: WaitingCommand[] = [];
  let counted = 0;
  let lastArrival = 0;
  let isBlocked = false;
  const there = async (): Promise<void> => {
    if (queue.isAway) throw new DependencyUnavailableError('MongoDB');
  };
  const keyOf = ({ merchant_id, event_id }: Pick<QueuedCommand, 'merchant_id' | 'event_id'>) =>
    `${merchant_id}/${event_id}`;
  const queue: FakeOfflineQueue = {
    isAway: false,
    isHeldByOthers: false,
    nowMs: 1_000,
    limit: 10_000,
    putting: Promise.resolve(),
    waiting: () => documents,
    vanish: (eventId) => {
      documents = documents.filter(({ event_id }) => event_id !== eventId);
    },
    put: async (command, blocked) => {
      await queue.putting;
      await there();
      isBlocked ||= blocked;
      if (documents.some((document) => keyOf(document) === keyOf(command))) return 'there';
      if (counted >= queue.limit) return 'full';
      lastArrival += 1;
      counted += 1;
      const { merchant_id, event_id, correlation_id, schema_version, value, traceparent } = command;
      documents.push({
        ...{ merchant_id, event_id, correlation_id, schema_version, value, traceparent },
        ...{ arrival: lastArrival, attempts: 0, createdAt: queue.nowMs },
      });
      return 'taken';
    },
    status: async () => {
      await there();
      return { waiting: counted, limit: queue.limit, lastArrival, oldest: documents[0] ?? null, isBlocked };
    },
    first: async (count) => {
      await there();
      return documents.slice(0, count);
    },
    remove: async (commands) => {
      await there();
      const before = documents.length;
      const gone = new Set(commands.map(({ arrival }) => arrival));
      documents = documents.filter(({ arrival }) => !gone.has(arrival));
      counted -= before - documents.length;
      return before - documents.length;
    },
    countAttempt: async (commands) => {
      await there();
      const tried = new Set(commands.map(({ arrival }) => arrival));
      documents = documents.map((one) => (tried.has(one.arrival) ? { ...one, attempts: one.attempts + 1 } : one));
    },
    unblock: async () => {
      await there();
      isBlocked = false;
    },
    recount: async () => {
      await there();
      const vanished = counted - documents.length;
      counted = documents.length;
      return vanished;
    },
    hold: async () => {
      await there();
      return !queue.isHeldByOthers;
    },
    letGo: there,
  };
  return queue;
};
