import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { CommitFailedError, MembershipLostError } from '../errors.ts';
import type { GroupMembership, PartitionOffset, TransactionalProducer } from '../ports.ts';
import { atMost } from './at-most.ts';
import { CurrentProducer } from './current-producer.ts';
import { type TaskUnit, unitOf } from './task-unit.ts';

/** A task's place in the next transaction, from taking up a batch until what was committed is applied to its stores. */
export interface Seat {
  /**
   * Takes part in the next transaction.
   * @returns for each topic-partition of the transaction, the offset behind it
   * @throws MembershipLostError, ProducerFencedError, CommitFailedError: take the task up again
   */
  commit(unit: TaskUnit): Promise<readonly PartitionOffset[]>;
  /** Nobody waits for the task any more; calling it again does nothing. */
  leave(): void;
}

export interface TransactionsParts {
  readonly createProducer: () => TransactionalProducer;
  /** Whether the group gave the partitions of a task to this instance. */
  readonly isAssigned: (taskId: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Passenger {
  readonly taskId: string;
  /** A batch as large as it may be: its task gains nothing by waiting, so nobody waits for it. */
  readonly isFull: boolean;
  /** What the batch was made from may be another instance's by now. */
  isVoid: boolean;
}

interface Ready {
  readonly passenger: Passenger;
  readonly unit: TaskUnit;
  readonly resolve: (ends: readonly PartitionOffset[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction leaves without a task that is at its batch for longer than this while others are ready. */
const gatherWithinMs = 25;

/** Time for what is in flight when the group wants to be formed anew: less than its coordinator waits for a member. */
export const finishBeforeRejoinMs = 3_000;

/**
 * One transaction after another for all tasks of an instance, as Kafka Streams' `exactly_once_v2`: what a broker does in
 * a second is a number of transactions, however much is in them.
 *
 * While one is in flight, the next one's records gather in the queues; when it is over, every task that has something
 * takes its batch, and all of them leave together. A batch that is full already is worked on meanwhile, so that under
 * load the processor is busy while the broker is.
 *
 * An instance that has lost its partitions is kept from committing by the group's generation, which goes with the offsets of
 * every transaction (KIP-447), not by its transactional id. As long as the generations that this member knows follow one
 * another, nobody else can have had the partitions that it kept. Where one is missing, `term` changes, and whatever a
 * task did in an earlier term is not committed.
 */
export class Transactions {
  readonly #parts: TransactionsParts;
  readonly #producer: CurrentProducer;
  #membership: GroupMembership | null = null;
  #term = 0;
  /** No transaction begins while the group is being formed, or has gone on without this member. */
  #isHeld = true;
  #isLost = false;
  #inFlight: Promise<void> | null = null;
  #beganAt = Number.NEGATIVE_INFINITY;
  readonly #passengers = new Set<Passenger>();
  #ready: Ready[] = [];
  #readySince = 0;
  #waiting: (() => void)[] = [];
  #departure: NodeJS.Immediate | null = null;
  #overdue: NodeJS.Timeout | null = null;

  constructor(parts: TransactionsParts) {
    this.#parts = parts;
    this.#producer = new CurrentProducer(parts.createProducer, parts.logger);
  }

  /** Tasks acquired in another term than this may have been another instance's since. */
  get term(): number {
    return this.#term;
  }

  /** When the last transaction began; milliseconds since the epoch. */
  get beganAt(): number {
    return this.#beganAt;
  }

  /** Ends what a former self of this instance, or a failed transaction, has left open at the broker. */
  async open(): Promise<void> {
    await this.#producer.open();
  }

  /**
   * Waits for the moment to take up a batch, or for the task's end.
   * @param isFull whether the batch would be as large as it may be
   */
  async board(taskId: string, isFull: boolean, signal: AbortSignal): Promise<Seat> {
    while (!signal.aborted && (this.#isHeld || (this.#inFlight !== null && !isFull))) await this.#woken(signal);
    const passenger: Passenger = { taskId, isFull, isVoid: false };
    this.#passengers.add(passenger);
    return {
      commit: (unit) => this.#commit(passenger, unit),
      leave: () => {
        if (this.#passengers.delete(passenger)) this.#departSoon();
      },
    };
  }

  /**
   * The group is about to be formed anew. What is ready is committed while this member's generation still counts; no
   * other transaction begins.
   */
  async rejoining(): Promise<void> {
    this.#isHeld = true;
    const finished = (async () => {
      await this.#inFlight;
      if (this.#ready.length > 0 && !this.#isLost) await this.#depart();
    })();
    await atMost(finishBeforeRejoinMs, finished);
  }

  /** The group has taken the member in, and what it was assigned is known. */
  joined(membership: GroupMembership): void {
    const before = this.#membership;
    this.#membership = membership;
    const hasLapsed = this.#isLost || before === null || !follows(before, membership);
    if (hasLapsed) this.#term += 1;
    this.#isLost = false;
    for (const passenger of this.#passengers) {
      if (hasLapsed || !this.#parts.isAssigned(passenger.taskId)) passenger.isVoid = true;
    }
    for (const { passenger, reject } of this.#ready) if (passenger.isVoid) reject(movedError(passenger.taskId));
    this.#ready = this.#ready.filter(({ passenger }) => !passenger.isVoid);
    this.#isHeld = false;
    this.#wake();
    this.#departSoon();
  }

  async close(): Promise<void> {
    this.#clearTimers();
    for (const { passenger, reject } of this.#ready.splice(0)) reject(closedError(passenger.taskId));
    await this.#producer.close();
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    this.#waiting.push(wake);
    // A task waits many times a second for as long as it lives: nothing of a wait may stay with its signal.
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
  }

  #commit(passenger: Passenger, unit: TaskUnit): Promise<readonly PartitionOffset[]> {
    if (passenger.isVoid) return Promise.reject(movedError(passenger.taskId));
    return new Promise((resolve, reject) => {
      if (this.#ready.length === 0) this.#readySince = performance.now();
      this.#ready.push({ passenger, unit, resolve, reject });
      this.#departSoon();
    });
  }

  /** Once everything that is due in this turn of the event loop is done: tasks that have work now board before that. */
  #departSoon(): void {
    this.#departure ??= setImmediate(() => {
      this.#departure = null;
      if (this.#isHeld || this.#inFlight !== null || this.#ready.length === 0) return;
      const leftMs = this.#readySince + gatherWithinMs - performance.now();
      if (leftMs > 0 && this.#isAnyoneAwaited()) {
        this.#overdue ??= setTimeout(() => {
          this.#overdue = null;
          this.#departSoon();
        }, leftMs);
        return;
      }
      void this.#depart();
    });
  }

  #isAnyoneAwaited(): boolean {
    const ready = new Set(this.#ready.map(({ passenger }) => passenger));
    return [...this.#passengers].some((each) => !each.isFull && !ready.has(each));
  }

  /** Never rejects: each task is told what became of its part. */
  async #depart(): Promise<void> {
    this.#clearTimers();
    const aboard = this.#ready.splice(0);
    this.#beganAt = this.#parts.clock.now();
    this.#inFlight = this.#run(aboard).finally(() => {
      this.#inFlight = null;
      this.#wake();
      this.#departSoon();
    });
    await this.#inFlight;
  }

  async #run(aboard: readonly Ready[]): Promise<void> {
    const membership = this.#membership;
    let producer: TransactionalProducer | null = null;
    try {
      if (membership === null) throw new MembershipLostError('The group has not taken the instance in');
      producer = await this.#producer.open();
      const ends = await producer.commit(
        unitOf(
          membership,
          aboard.map(({ unit }) => unit),
        ),
      );
      for (const { resolve } of aboard) resolve(ends);
    } catch (error) {
      if (producer !== null) await this.#producer.discard(producer);
      if (error instanceof MembershipLostError) this.#lose(membership);
      for (const { reject } of aboard) reject(error);
    }
  }

  /** Until the group has taken the instance in again, nothing it does can be committed. */
  #lose(membership: GroupMembership | null): void {
    if (this.#membership !== membership) return;
    this.#parts.logger.warn({ generation: membership?.generationId }, 'The group has gone on without this instance');
    this.#isLost = true;
    this.#isHeld = true;
    this.#term += 1;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #clearTimers(): void {
    if (this.#departure !== null) clearImmediate(this.#departure);
    if (this.#overdue !== null) clearTimeout(this.#overdue);
    this.#departure = null;
    this.#overdue = null;
  }
}

/** Whether there was no generation in between: it may be the same one, where a member has joined again for itself alone. */
const follows = (before: GroupMembership, after: GroupMembership): boolean =>
  before.memberId === after.memberId && [0, 1].includes(after.generationId - before.generationId);

const movedError = (taskId: string): CommitFailedError =>
  new CommitFailedError('The task may have been with another instance since its batch began', {
    facts: { task: taskId },
  });

const closedError = (taskId: string): CommitFailedError =>
  new CommitFailedError('The streams were closed before the batch was committed', { facts: { task: taskId } });
