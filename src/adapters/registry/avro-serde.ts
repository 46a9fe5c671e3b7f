import type { Resolver, Type } from 'avsc';
import { DeserializationError, type Serde } from '../../streams/ports.ts';

/** Confluent's wire format: a zero, the schema's id in four bytes, then Avro's own bytes. */
const magicByte = 0;
const headerBytes = 5;

const schemaIdOf = (bytes: Buffer): number | undefined =>
  bytes.length >= headerBytes && bytes[0] === magicByte ? bytes.readInt32BE(1) : undefined;

/** Finds the schema a record was written with. */
export interface WriterSchemas {
  /** undefined where the registry does not know the id. Rejects with a retryable error while it is away. */
  fetch(schemaId: number): Promise<Type | undefined>;
}

/** Writes with one schema, and reads what any compatible schema has written, as if this one had. */
export class AvroSerde<T> implements Serde<T> {
  readonly #topic: string;
  readonly #header: Buffer;
  readonly #type: Type;
  readonly #writers: WriterSchemas;
  /** By the writer's schema id; null where that schema cannot be read as ours. */
  readonly #resolvers = new Map<number, Resolver | 'same' | null>();

  constructor(topic: string, schemaId: number, type: Type, writers: WriterSchemas) {
    this.#topic = topic;
    this.#type = type;
    this.#writers = writers;
    this.#header = Buffer.alloc(headerBytes);
    this.#header.writeInt32BE(schemaId, 1);
    this.#resolvers.set(schemaId, 'same');
  }

  async prepare(payloads: readonly (Buffer | null)[]): Promise<void> {
    const ids = new Set(payloads.map((payload) => (payload === null ? undefined : schemaIdOf(payload))));
    const unknown = [...ids].filter((id): id is number => id !== undefined && !this.#resolvers.has(id));
    await Promise.all(
      unknown.map(async (id) => {
        const writer = await this.#writers.fetch(id);
        // An id that does not exist is asked for again: a registry that has just come back may not have read all of its
        // schemas yet, and what is remembered here is never forgotten.
        if (writer !== undefined) this.#resolvers.set(id, this.#resolverOf(writer));
      }),
    );
  }

  serialize(value: T): Buffer {
    return Buffer.concat([this.#header, this.#type.toBuffer(value)]);
  }

  deserialize(bytes: Buffer): T {
    const id = schemaIdOf(bytes);
    if (id === undefined) throw this.#unreadable('The value is not in the registry wire format');
    const resolver = this.#resolvers.get(id);
    if (resolver === undefined || resolver === null) throw this.#unreadable('The schema of the value is not known', id);
    try {
      const body = bytes.subarray(headerBytes);
      return this.#type.fromBuffer(body, resolver === 'same' ? undefined : resolver) as T;
    } catch (error) {
      throw this.#unreadable('The value does not fit its schema', id, error);
    }
  }

  #resolverOf(writer: Type): Resolver | null {
    try {
      return this.#type.createResolver(writer);
    } catch {
      // Not an error of the registry: each such record fails by itself, with the schema's id.
      return null;
    }
  }

  #unreadable(message: string, schemaId?: number, cause?: unknown): DeserializationError {
    return new DeserializationError(message, { cause, facts: { topic: this.#topic, schema_id: schemaId } });
  }
}
