import { PointsError } from '../../common/errors.ts';

/**
 * Certificate files that must not be used: torn, mismatched, not valid now. What comes next to the same files may be good.
 * Its message names files and dates, and quotes nothing of a key.
 */
export class CertificateRefusedError extends PointsError {
  readonly code = 'CERTIFICATE_REFUSED';
  override readonly retryable = true;
}
