import type { Document } from 'mongodb';
import type { Clock } from '../../../common/clock.ts';
import type { OfflineQueue, PutOutcome, WaitingCommand } from '../../../ingress/ports.ts';
import { integerOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { posOfflineQueue, posOfflineQueueState } from '../collections.ts';
import { onMongo } from '../failures.ts';
import { createGatheredCalls } from './gathered-calls.ts';
import { createLease } from './lease.ts';
import { CommandNotStorableError, queueDocument, waitingCommand } from './offline-queue-documents.ts';
import { putDocuments, type QueuePut } from './offline-queue-put.ts';
import { createQueueStates } from './offline-queue-state.ts';

export interface OfflineQueueOptions {
  readonly connection: MongoConnection;
  readonly clock: Clock;
  /** Names this instance among those that may drain. */
  readonly instance: string;
  /** How many may wait; 10,000 by default. */
  readonly limit?: number;
  /** For one put; 1,200 by default. */
  readonly putWithinMs?: number;
  /** How long an instance that was killed keeps the others from draining; 15,000 by default. */
  readonly leaseMs?: number;
}

const perPut = 500;
/** For everything but a put, which a webhook waits for. */
const withinMs = 5_000;

const arrivalsOf = (commands: readonly WaitingCommand[]): Document => ({
  arrival: { $in: commands.map(({ arrival }) => integerOf(arrival)) },
});

/**
 * The offline queue in `pos_offline_queue`. Whoever puts takes room for it before, whoever removes gives it back afterwards:
 * so the limit is never passed. An instance puts at once whatever has gathered since its last put.
 */
export const createOfflineQueue = (options: OfflineQueueOptions): OfflineQueue => {
  const { connection, clock, limit = 10_000, putWithinMs = 1_200, leaseMs = 15_000 } = options;
  const { database } = connection;
  const queue = database.collection(posOfflineQueue.name);
  const stateCollection = database.collection<Document & { _id: string }>(posOfflineQueueState.name);
  const states = createQueueStates(stateCollection);
  const lease = createLease({
    ...{ collection: stateCollection, name: 'lease', holder: options.instance, durationMs: leaseMs },
  });
  let works = 0;
  /** Names one put or removal of this instance. */
  const nextId = (): string => `${options.instance}/${(works += 1)}`;

  const put = createGatheredCalls<QueuePut, PutOutcome | 'refused'>({
    work: (puts) => onMongo(() => putDocuments(puts, { queue, states, limit, id: nextId() })),
    ...{ maxItems: perPut, deadlineMs: putWithinMs },
  });

  const oldest = async (count: number): Promise<readonly WaitingCommand[]> => {
    const documents = await queue.find().sort({ arrival: 1 }).limit(count).maxTimeMS(withinMs).toArray();
    return documents.map(waitingCommand);
  };

  return {
    put: async (command, isBlocked) => {
      const outcome = await put({ document: queueDocument(command, clock.now()), isBlocked });
      if (outcome === 'refused')
        throw new CommandNotStorableError('The validator of the offline queue refuses a command');
      return outcome;
    },
    status: () =>
      onMongo(async () => {
        const state = await states.read();
        // Mostly there is nothing to look for.
        return { ...state, limit, oldest: state.waiting === 0 ? null : ((await oldest(1))[0] ?? null) };
      }),
    first: (count) => onMongo(() => oldest(count)),
    remove: (commands) =>
      onMongo(async () => {
        const id = nextId();
        await states.begin(id, commands.length);
        const { deletedCount } = await queue.deleteMany(arrivalsOf(commands));
        await states.settle(id, deletedCount);
        return deletedCount;
      }),
    countAttempt: (commands) =>
      onMongo(async () => {
        await queue.updateMany(arrivalsOf(commands), { $inc: { attempts: 1 } });
      }),
    unblock: () => onMongo(() => states.unblock()),
    recount: () =>
      onMongo(() =>
        states.recount(async () => {
          const there = await queue.countDocuments({}, { maxTimeMS: withinMs });
          const [newest] = await queue.find().sort({ arrival: -1 }).limit(1).maxTimeMS(withinMs).toArray();
          return { there, greatest: newest === undefined ? 0 : waitingCommand(newest).arrival };
        }),
      ),
    ...lease,
  };
};
