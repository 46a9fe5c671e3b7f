import { PointsError } from '../../../common/errors.ts';

/** A file of a local store is not as LevelDB wrote it; the message completes "the file is unsound: …". */
export class FileFault extends PointsError {
  readonly code = 'STORE_FILE_UNSOUND';
}
