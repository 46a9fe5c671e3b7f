import { randomBytes } from 'node:crypto';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { DependencyUnavailableError, PointsError, toError } from '../../common/errors.ts';
import type { OnRead, ReadRange, TopicPartition } from '../../streams/ports.ts';
import { chunkOf } from './consumed-record.ts';
import { unavailable } from './errors.ts';
import { singlePartitionAssigner } from './partition-assigner.ts';

/** A reader that has got no further for so long is given up: a new one may find the partition's new leader. */
const stalledMs = 30_000;

/** What the caller's own code threw, which must not be taken for Kafka's; it is the cause. */
class CallerFailure extends PointsError {
  readonly code = 'CALLER_FAILED';

  constructor(thrown: unknown) {
    super('The reader failed', { cause: thrown });
  }
}

/**
 * Reads committed records of one partition from one offset to another. kafkajs can read only as a member of a group, so
 * this is the sole member of a group made for the purpose and deleted after it.
 * @throws DependencyUnavailableError; or what `onBatch` threw, or the signal's reason, as it is
 */
export async function readRange(
  kafka: Kafka,
  admin: Admin,
  partition: TopicPartition,
  range: ReadRange,
  onBatch: OnRead,
): Promise<void> {
  range.signal?.throwIfAborted();
  if (range.from >= range.to) return;
  // Of nothing that is kept, and only unlike that of any other reader.
  const groupId = `points-restore-${randomBytes(12).toString('hex')}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: 4 * 1_024 * 1_024,
    sessionTimeout: 30_000,
    partitionAssigners: [singlePartitionAssigner(partition.topic, partition.partition)],
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [partition.topic], fromBeginning: true });
    await readWith(consumer, partition, range, onBatch);
  } catch (error) {
    throw error instanceof CallerFailure ? error.cause : unavailable(error, { topic: partition.topic });
  } finally {
    await consumer.disconnect();
    // Only tidiness: the broker forgets an empty group by itself.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

function readWith(consumer: Consumer, partition: TopicPartition, range: ReadRange, onBatch: OnRead): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const { from, to, signal } = range;
  let position = from;
  let isOver = false;
  const end = (settle: () => void): void => {
    isOver = true;
    clearTimeout(stalled);
    signal?.removeEventListener('abort', onAbort);
    settle();
  };
  const fail = (error: unknown): void => {
    end(() => {
      reject(toError(error));
    });
  };
  const onAbort = (): void => {
    fail(new CallerFailure(signal?.reason));
  };
  const stalled = setTimeout(() => {
    fail(new DependencyUnavailableError('Kafka', { facts: { ...partition, position, to } }));
  }, stalledMs);
  const advance = (next: number): void => {
    if (isOver) return;
    position = Math.max(position, next);
    stalled.refresh();
    if (position >= to) {
      end(() => {
        resolve(undefined);
      });
    }
  };

  signal?.addEventListener('abort', onAbort);
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    fail(error);
  });
  // Markers and aborted records alone reach nobody's eachBatch, but may be all that stands before the end.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) advance(Number(payload.lastOffset) + 1);
  });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.seek({ ...partition, offset: String(position) });
  });
  consumer
    .run({
      autoCommit: false,
      eachBatch: async (payload) => {
        if (isOver || payload.isStale()) return;
        const chunk = chunkOf(payload.batch);
        const records = chunk.records.filter(({ offset }) => offset >= position && offset < to);
        try {
          await onBatch(records, Math.min(chunk.next, to));
        } catch (error) {
          // Nothing more may be handed over: what comes behind a stretch that was not taken in would leave a hole.
          fail(new CallerFailure(error));
          return;
        }
        advance(chunk.next);
      },
    })
    .catch(fail);
  return promise;
}
