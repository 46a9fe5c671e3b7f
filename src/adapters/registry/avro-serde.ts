import type { Resolver, Type } from 'avsc';
import { PointsError } from '../../common/errors.ts';
import { DeserializationError, type Serde } from '../../streams/ports.ts';
import { readingOf, type Reading } from './reading.ts';

/** Finds the schema a record was written with. */
export interface WriterSchemas {
  /** undefined where the registry has no Avro schema of this id. Rejects with a retryable error while it is away. */
  fetch(schemaId: number): Promise<Type | undefined>;
}

/** Confluent's wire format: a zero, the schema's id in four bytes, then Avro's own bytes. */
const magicByte = 0;
const headerBytes = 5;

/** Most values fit; one that does not makes the room for itself. */
const firstScratchBytes = 1_024;

/** A batch of rubbish may name a thousand schemas: the registry is not asked for all of them at once. */
const fetchesAtOnce = 16;

const schemaIdOf = (bytes: Buffer): number | undefined =>
  bytes.length >= headerBytes && bytes[0] === magicByte ? bytes.readInt32BE(1) : undefined;

/** A topic of another service was to be written to. */
class ReadOnlyTopicError extends PointsError {
  readonly code = 'TOPIC_READ_ONLY';
}

/** Writes with one schema, and reads what any compatible schema has written, as if this one had. */
export class AvroSerde<T> implements Serde<T> {
  readonly #topic: string;
  readonly #schemaId: number | null;
  readonly #type: Type;
  readonly #writers: WriterSchemas;
  /** By the writer's schema id. */
  readonly #readings = new Map<number, Reading>();
  /** Where values are written before they are cut out; begins with the head of all of them. */
  #scratch: Buffer;

  /** @param schemaId null where the topic is only read: our schema is then not registered for it */
  constructor(topic: string, schemaId: number | null, type: Type, writers: WriterSchemas) {
    this.#topic = topic;
    this.#schemaId = schemaId;
    this.#type = type;
    this.#writers = writers;
    this.#scratch = Buffer.alloc(firstScratchBytes);
    if (schemaId === null) return;
    this.#scratch.writeInt32BE(schemaId, 1);
    this.#readings.set(schemaId, { type, resolver: undefined, isWider: false });
  }

  async prepare(payloads: readonly (Buffer | null)[]): Promise<void> {
    const unknown = new Set<number>();
    let last: number | undefined;
    for (const payload of payloads) {
      const id = payload === null ? undefined : schemaIdOf(payload);
      // Neighbours mostly have the same.
      if (id === undefined || id === last) continue;
      last = id;
      if (!this.#readings.has(id)) unknown.add(id);
    }
    const ids = [...unknown];
    for (let from = 0; from < ids.length; from += fetchesAtOnce) {
      await Promise.all(ids.slice(from, from + fetchesAtOnce).map((id) => this.#learn(id)));
    }
  }

  serialize(value: T): Buffer {
    if (this.#schemaId === null) {
      throw new ReadOnlyTopicError(`${this.#topic} is only read`, { facts: { topic: this.#topic } });
    }
    let end = this.#type.encode(value, this.#scratch, headerBytes);
    if (end < 0) {
      // So many bytes were missing.
      const larger = Buffer.alloc(this.#scratch.length - end);
      this.#scratch.copy(larger, 0, 0, headerBytes);
      this.#scratch = larger;
      end = this.#type.encode(value, larger, headerBytes);
    }
    return Buffer.from(this.#scratch.subarray(0, end));
  }

  deserialize(bytes: Buffer): T {
    const id = schemaIdOf(bytes);
    if (id === undefined) throw this.#unreadable('The value is not in the registry wire format');
    const reading = this.#readings.get(id);
    if (reading === undefined) throw this.#unreadable('The schema of the value is not known', id);
    if ('fault' in reading) {
      throw this.#unreadable(`The schema of the value cannot be read as ours: ${reading.fault}`, id);
    }
    const value = this.#decode(bytes, id, reading.type, reading.resolver);
    if (reading.isWider) this.#assertKnown(value, id);
    return value as T;
  }

  #decode(bytes: Buffer, id: number, type: Type, resolver: Resolver | undefined): unknown {
    let decoded: { readonly value: unknown; readonly offset: number };
    try {
      decoded = type.decode(bytes, headerBytes, resolver);
    } catch (error) {
      throw this.#unreadable('The value does not fit its schema', id, error);
    }
    if (decoded.offset === bytes.length) return decoded.value;
    const what = decoded.offset < 0 ? 'it ends too early' : 'bytes are left over';
    throw this.#unreadable(`The value does not fit its schema: ${what}`, id);
  }

  /** What was read with more than our schema has must not use any of that. */
  #assertKnown(value: unknown, id: number): void {
    const isKnown = this.#type.isValid(value, {
      errorHook: (path) => {
        throw this.#unreadable(`The value uses what our schema does not have: ${path.join('.')}`, id);
      },
    });
    if (!isKnown) throw this.#unreadable('The value uses what our schema does not have', id);
  }

  async #learn(id: number): Promise<void> {
    const writer = await this.#writers.fetch(id);
    // An id that does not exist is asked for again: a registry that has just come back may not have read all of its
    // schemas yet, and what is remembered here is never forgotten.
    if (writer !== undefined) this.#readings.set(id, readingOf(this.#type, writer));
  }

  #unreadable(message: string, schemaId?: number, cause?: unknown): DeserializationError {
    return new DeserializationError(message, { cause, facts: { topic: this.#topic, schema_id: schemaId } });
  }
}
