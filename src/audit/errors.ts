import { PointsError } from '../common/errors.ts';

/** The books cannot be compared, as one of them is not written up: start the processor, or wait, and ask again. */
export class ProjectionBehindError extends PointsError {
  readonly code = 'PROJECTION_BEHIND';
  override readonly retryable = true;
}
