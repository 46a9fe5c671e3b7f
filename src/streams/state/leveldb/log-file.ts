import { maskedCrc32c } from './crc32c.ts';
import { FileFault } from './file-fault.ts';

const blockBytes = 32_768;
const headerBytes = 7;
/** Of a record, or of a part of one that spans blocks. */
const types = { full: 1, first: 2, middle: 3, last: 4 } as const;

export interface LogContent {
  readonly records: readonly Buffer[];
  /** The last record was not written to its end: what kill -9 may leave. */
  readonly isTorn: boolean;
}

/**
 * The records of a journal or manifest.
 * @throws FileFault where bytes are not what was written. LevelDB itself would pass over such a record of a journal and
 * go on with the next one.
 */
export function readLog(file: Buffer): LogContent {
  const records: Buffer[] = [];
  let parts: Buffer[] | null = null;
  for (let position = 0; position < file.length; ) {
    const leftInBlock = blockBytes - (position % blockBytes);
    if (leftInBlock < headerBytes) {
      position += leftInBlock;
      continue;
    }
    if (file.length - position < headerBytes) return { records, isTorn: true };
    const type = file.readUInt8(position + 6);
    const end = position + headerBytes + file.readUInt16LE(position + 4);
    if (end - position > leftInBlock) throw new FileFault(`a record at ${String(position)} is longer than its block`);
    if (end > file.length) return { records, isTorn: true };
    if (file.readUInt32LE(position) !== maskedCrc32c(file.subarray(position + 6, end))) {
      throw new FileFault(`the checksum of the record at ${String(position)} does not match`);
    }
    const part = file.subarray(position + headerBytes, end);
    const begins = type === types.full || type === types.first;
    if (begins !== (parts === null)) throw new FileFault(`the record at ${String(position)} is not the next one`);
    parts = [...(parts ?? []), part];
    if (type === types.full || type === types.last) {
      records.push(parts.length === 1 ? part : Buffer.concat(parts));
      parts = null;
    }
    position = end;
  }
  return { records, isTorn: parts !== null };
}
