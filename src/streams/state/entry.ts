/**
 * What is kept for a key: when it may be forgotten, and the value. The expiry lies in the entry itself, so that a store
 * is purged by walking through it: an index by time would have to be written with every entry, which measured a third
 * of all work of the store.
 */
const expiryBytes = 8;

export function encodeEntry(value: Buffer, expiresAt: number | null): Buffer {
  const entry = Buffer.allocUnsafe(expiryBytes + value.length);
  entry.writeDoubleBE(expiresAt ?? Infinity, 0);
  value.copy(entry, expiryBytes);
  return entry;
}

/** Stream time in milliseconds; Infinity: never. */
export const expiryOf = (entry: Buffer): number => entry.readDoubleBE(0);

export const valueOf = (entry: Buffer): Buffer => entry.subarray(expiryBytes);

/** What expires at the stream time is still there; what expired before it is gone, purged already or not. */
export const liveValueOf = (entry: Buffer, streamTime: number): Buffer | undefined =>
  expiryOf(entry) < streamTime ? undefined : valueOf(entry);
