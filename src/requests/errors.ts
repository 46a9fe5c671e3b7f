import { PointsError } from '../common/errors.ts';

/** So many callers wait for decisions already that one more is not let in. */
export class TooManyWaitingError extends PointsError {
  readonly code = 'TOO_MANY_WAITING';
  override readonly retryable = true;

  constructor(waiting: number) {
    super('Too many requests wait for their decision', { facts: { waiting } });
  }
}
