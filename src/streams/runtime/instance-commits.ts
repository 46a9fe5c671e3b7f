import { join } from 'node:path';
import type { GroupMembership, StreamConsumer } from '../ports.ts';
import { atMost } from './at-most.ts';
import { AtLeastOnceCommitter, leftOf } from './at-least-once-committer.ts';
import type { Committer } from './committer.ts';
import { instanceId } from './instance-file.ts';
import { OffsetCommits } from './offset-commits.ts';
import type { ExactOptions } from './options.ts';
import { type TaskId, taskIdOf, type TaskManager } from './task-manager.ts';
import { TransactionalCommitter } from './transactional-committer.ts';
import { finishBeforeRejoinMs, Transactions } from './transactions.ts';

/** How the tasks of an instance commit together, by its processing guarantee. */
export interface InstanceCommits {
  /** Before the instance joins its group. */
  start(): Promise<void>;
  committerOf(id: TaskId): Committer;
  /** The group is about to be formed anew; resolves when what could be committed is. Never rejects. */
  rejoining(): Promise<void>;
  /** The tasks are what the group has assigned. */
  joined(membership: GroupMembership): void;
  /** After the tasks, and before the instance leaves its group. */
  close(): Promise<void>;
}

export interface InstanceParts {
  readonly topology: string;
  readonly groupId: string;
  readonly options: ExactOptions;
  readonly tasks: Pick<TaskManager, 'isAssigned' | 'isPartitionAssigned'>;
  readonly consumer: StreamConsumer;
}

export const createInstanceCommits = (parts: InstanceParts): InstanceCommits =>
  parts.options.processingGuarantee === 'exactly_once' ? exactlyOnce(parts) : atLeastOnce(parts);

function exactlyOnce({ topology, groupId, options, tasks }: InstanceParts): InstanceCommits {
  const { applicationId, clientSupplier, transactionTimeoutMs, stateDir, clock, newId, logger, commitIntervalMs } =
    options;
  const { finishWithinMs } = options;
  let transactionalId = groupId;
  const transactions = new Transactions({
    createProducer: () => clientSupplier.transactionalProducer({ transactionalId, transactionTimeoutMs }),
    isAssigned: (taskId) => tasks.isAssigned(taskId),
    ...{ clock, logger },
  });
  const paceMs = (): number => leftOf(commitIntervalMs, transactions.beganAt, clock);
  return {
    start: async () => {
      transactionalId = `${groupId}-${await instanceId(join(stateDir, groupId, 'instance'), newId, logger)}`;
    },
    committerOf: (id) => {
      const task = { taskId: taskIdOf(id), applicationId, topology, partition: id.partition };
      return new TransactionalCommitter(task, transactions, paceMs);
    },
    rejoining: () => transactions.rejoining(),
    joined: (membership) => {
      transactions.joined(membership);
    },
    // A broker that is away keeps a producer from being closed for as long as it may be tried.
    close: () => atMost(finishWithinMs, transactions.close()),
  };
}

function atLeastOnce({ options, tasks, consumer }: InstanceParts): InstanceCommits {
  const { clientSupplier, clock, logger, lingerMs, commitIntervalMs, finishWithinMs } = options;
  const producer = clientSupplier.producer();
  const offsets = new OffsetCommits({
    ...{ consumer, logger, intervalMs: commitIntervalMs },
    isAssigned: (partition) => tasks.isPartitionAssigned(partition),
  });
  return {
    start: () => producer.connect(),
    committerOf: ({ partition }) => new AtLeastOnceCommitter({ partition, producer, offsets, clock, lingerMs }),
    // A coordinator that hangs would outlast the member's session; what is not committed is done again.
    rejoining: () => atMost(finishBeforeRejoinMs, offsets.flush()),
    joined: () => {
      offsets.reassigned();
    },
    close: async () => {
      await atMost(finishWithinMs, offsets.close());
      await atMost(finishWithinMs, producer.close());
    },
  };
}
