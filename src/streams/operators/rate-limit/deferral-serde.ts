import { DeserializationError } from '../../errors.ts';
import type { Headers } from '../../record.ts';
import type { Serde } from '../../serde.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Deferral, DeferredRecord, SerializedRecord } from './deferral.ts';

/** The first byte says what follows, and in which layout: another layout gets a number of its own. */
const layouts = { queue: 1, record: 2 } as const;

/**
 * Deferred records in the store and its changelog, as few bytes as hold them. Numbers are doubles, which hold every
 * offset and time exactly.
 */
export const deferralSerde: Serde<Deferral> = {
  serialize(deferral) {
    const bytes = new ByteWriter();
    if (deferral.kind === 'queue') {
      bytes.byte(layouts.queue).number(deferral.head).number(deferral.tail);
    } else {
      writeRecord(bytes.byte(layouts.record), deferral);
    }
    return bytes.done();
  },
  deserialize(buffer) {
    const bytes = new ByteReader(buffer);
    const layout = bytes.byte();
    switch (layout) {
      case layouts.queue:
        return { kind: 'queue', head: bytes.number(), tail: bytes.number() };
      case layouts.record:
        return readRecord(bytes);
      default:
        throw new DeserializationError(`A deferred record has the unknown layout ${String(layout)}`);
    }
  },
};

function writeRecord(bytes: ByteWriter, { source, timestamp, changed }: DeferredRecord): void {
  const { topic, partition, offset, key, value, headers } = source;
  bytes.number(timestamp).text(topic).number(partition).number(offset).number(source.timestamp);
  writeSerialized(bytes, { key, value, headers });
  bytes.byte(changed === null ? 0 : 1);
  if (changed !== null) writeSerialized(bytes, changed);
}

function readRecord(bytes: ByteReader): DeferredRecord {
  const timestamp = bytes.number();
  const from = { topic: bytes.text(), partition: bytes.number(), offset: bytes.number(), timestamp: bytes.number() };
  const source = { ...from, ...readSerialized(bytes) };
  return { kind: 'record', source, timestamp, changed: bytes.byte() === 0 ? null : readSerialized(bytes) };
}

function writeSerialized(bytes: ByteWriter, { key, value, headers }: SerializedRecord): void {
  bytes.bytes(key).bytes(value);
  const all = Object.entries(headers).flatMap(([name, held]) =>
    (Array.isArray(held) ? held : [held]).map((one: Buffer | string | undefined) => [name, one] as const),
  );
  bytes.number(all.length);
  for (const [name, one] of all) {
    bytes.text(name).byte(typeof one === 'string' ? 1 : 0);
    bytes.bytes(typeof one === 'string' ? Buffer.from(one, 'utf8') : (one ?? null));
  }
}

function readSerialized(bytes: ByteReader): SerializedRecord {
  const [key, value] = [bytes.bytes(), bytes.bytes()];
  const headers = new Map<string, Headers[string]>();
  for (let left = bytes.number(); left > 0; left -= 1) {
    const name = bytes.text();
    const isText = bytes.byte() === 1;
    const held = bytes.bytes() ?? undefined;
    const one = isText ? held?.toString('utf8') : held;
    // A name that stands more than once is an array, as it is where it was read.
    const before = headers.get(name);
    headers.set(name, before === undefined || one === undefined ? one : [before, one].flat());
  }
  return { key, value, headers: Object.fromEntries(headers) };
}
