const seed = 0x9747b28c;
const mix = 0x5bd1e995;

/**
 * The hash by which Kafka's clients choose a key's partition: murmur2 with Kafka's seed, 32 bits, signed. kafkajs has it
 * too, in BigInt, which costs microseconds a key.
 */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const byte = (index: number): number => data[index] ?? 0;
  const tail = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < tail; at += 4) {
    let word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    word = Math.imul(word, mix);
    word = Math.imul(word ^ (word >>> 24), mix);
    hash = Math.imul(hash, mix) ^ word;
  }
  if (tail < length) {
    for (let at = length - 1; at >= tail; at -= 1) hash ^= byte(at) << (8 * (at - tail));
    hash = Math.imul(hash, mix);
  }
  hash = Math.imul(hash ^ (hash >>> 13), mix);
  return hash ^ (hash >>> 15);
}
