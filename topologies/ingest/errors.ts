import { PointsError } from '../../src/common/errors.ts';

/** What another service told us says something that cannot be acted on; the message names each field, and no value. */
export class ForeignRecordError extends PointsError {
  readonly code = 'FOREIGN_RECORD_INVALID';

  constructor(faults: readonly string[]) {
    super(faults.join('; '), { facts: { faults: faults.length } });
  }
}
