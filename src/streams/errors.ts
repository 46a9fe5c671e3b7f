import { type ErrorOptions, PointsError } from '../common/errors.ts';

/** The declaration of a topology is wrong; all faults at once. */
export class TopologyError extends PointsError {
  readonly code = 'TOPOLOGY_INVALID';
  readonly faults: readonly string[];

  constructor(topology: string, faults: readonly string[]) {
    super(`Topology ${topology} is not valid: ${faults.join('; ')}`, { facts: { topology } });
    this.faults = faults;
  }
}

/** A newer producer of the same transactional id exists, or the transaction was open for longer than it may be. */
export class ProducerFencedError extends PointsError {
  readonly code = 'PRODUCER_FENCED';
}

/** A transaction did not end as a commit that we know of: close the producer, take the task up again. */
export class CommitFailedError extends PointsError {
  readonly code = 'COMMIT_FAILED';
  override readonly retryable = true;
}

/**
 * The group has gone on without this member, and what it was about to commit may be another's by now. Nothing of it was
 * committed; what comes next is known once the group has taken the member in again.
 */
export class MembershipLostError extends PointsError {
  readonly code = 'MEMBERSHIP_LOST';
  override readonly retryable = true;
}

/** The group's committed offset lies before the first record the topic still holds: records were lost to retention. */
export class OffsetGapError extends PointsError {
  readonly code = 'OFFSET_GAP';
}

/**
 * The group's committed offset lies behind the partition's end. Either the new leader does not know its end yet, or the
 * topic was made anew; reading on would pass over what it holds now.
 */
export class OffsetBeyondEndError extends PointsError {
  readonly code = 'OFFSET_BEYOND_END';
  override readonly retryable = true;
}

/** The local state could not be read or written. No record is to blame, and the changelog holds all that was in it. */
export class StateStoreError extends PointsError {
  readonly code = 'STATE_STORE_FAILED';
}

/**
 * The stores are well, but what is needed to read their values is away: a schema registry, after an upgrade. Neither the
 * stores nor any record are to blame, so it is waited for, however long.
 */
export class StateNotReadableYetError extends StateStoreError {
  override readonly retryable = true;
}

/** A window's time, or a stored key of a window, is none. */
export class WindowedKeyError extends PointsError {
  readonly code = 'WINDOWED_KEY_INVALID';
}

/** An exception handler answered FAIL to a record; the cause says what was wrong with it. */
export class RecordRefusedError extends PointsError {
  readonly code = 'RECORD_REFUSED';
}

/** A record is larger than the topics of the application take; it is one record's own fault, not its batch's. */
export class RecordTooLargeError extends PointsError {
  readonly code = 'RECORD_TOO_LARGE';
}

/** A record could not be read; it will not become readable by trying again. */
export class DeserializationError extends PointsError {
  readonly code = 'DESERIALIZATION_FAILED';
}

/** An operator used a store key that it did not load for this batch. */
export class StoreKeyNotLoadedError extends PointsError {
  readonly code = 'STORE_KEY_NOT_LOADED';

  constructor(store: string, options: ErrorOptions = {}) {
    super(`A key of store ${store} was read that was not loaded`, { ...options, facts: { store } });
  }
}

/** The streams are not in a state in which this can be done. */
export class StreamsStateError extends PointsError {
  readonly code: string = 'STREAMS_STATE';
}

/** A store cannot be read here now: it is being restored, or another instance has it. Ask again where it is, and there. */
export class StoreNotAvailableError extends StreamsStateError {
  override readonly code = 'STORE_NOT_AVAILABLE';
  override readonly retryable = true;
}
