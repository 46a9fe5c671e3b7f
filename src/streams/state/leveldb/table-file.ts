import { ByteReader } from './byte-reader.ts';
import { maskedCrc32c } from './crc32c.ts';
import { FileFault } from './file-fault.ts';

const footerBytes = 48;
const magicBytes = 8;
const magic = 0xdb4775248b80fb57n;
/** Behind each block: how it is compressed, and the checksum of both. */
const trailerBytes = 5;
const uncompressed = 0;

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/**
 * Looks through a whole table: every block of it has the content it was written with.
 * @throws FileFault
 */
export function checkTable(file: Buffer): void {
  if (file.length < footerBytes || file.readBigUInt64LE(file.length - magicBytes) !== magic) {
    throw new FileFault('it does not end as a table does');
  }
  const footer = new ByteReader(file.subarray(file.length - footerBytes));
  const metaIndex = readHandle(footer);
  const index = readHandle(footer);
  for (const directory of [metaIndex, index]) {
    for (const handle of handlesIn(readBlock(file, directory))) readBlock(file, handle);
  }
}

const readHandle = (reader: ByteReader): BlockHandle => ({ offset: reader.varint(), size: reader.varint() });

function readBlock(file: Buffer, { offset, size }: BlockHandle): Buffer {
  const end = offset + size + 1;
  if (offset + size + trailerBytes > file.length) throw new FileFault(`the block at ${String(offset)} is cut off`);
  if (file.readUInt32LE(end) !== maskedCrc32c(file.subarray(offset, end))) {
    throw new FileFault(`the checksum of the block at ${String(offset)} does not match`);
  }
  if (file.readUInt8(end - 1) !== uncompressed) throw new FileFault('it is compressed, as no table of ours');
  return file.subarray(offset, offset + size);
}

/** The handles that a directory block has as its values: key and handle by key, then where to begin searching. */
function handlesIn(block: Buffer): readonly BlockHandle[] {
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = new ByteReader(block.subarray(0, block.length - 4 * (restarts + 1)));
  const handles: BlockHandle[] = [];
  while (!entries.isAtEnd) {
    entries.varint();
    const ownKeyBytes = entries.varint();
    const valueBytes = entries.varint();
    entries.bytes(ownKeyBytes);
    handles.push(readHandle(new ByteReader(entries.bytes(valueBytes))));
  }
  return handles;
}
