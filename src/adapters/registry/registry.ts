import type { SecureContext } from 'node:tls';
import type { AvroRecords } from '../../contracts/index.ts';
import type { Serde } from '../../streams/ports.ts';
import { AvroSerde } from './avro-serde.ts';
import { registerSchema } from './register.ts';
import { createRegistryApi } from './registry-api.ts';
import { createRegistryClient } from './registry-client.ts';
import { standaloneSchema, typeOf } from './schemas.ts';

export interface Registry {
  /**
   * Registers the record's schema for the values of a topic (subject `<topic>-value`), which may be done any number of
   * times, and gives the serde of its values.
   * @throws SchemaIncompatibleError where the registry refuses the schema
   * @throws DependencyUnavailableError while the registry is away
   */
  serde<N extends keyof AvroRecords>(topic: string, record: N): Promise<Serde<AvroRecords[N]>>;
  /**
   * The serde of values that somebody else writes: it registers nothing, reads whatever schema of theirs has at least what
   * ours says, and refuses to write.
   */
  reader<N extends keyof AvroRecords>(topic: string, record: N): Serde<AvroRecords[N]>;
  /** @throws DependencyUnavailableError when the registry does not answer */
  ping(): Promise<void>;
}

export interface RegistryOptions {
  /** Base of the Confluent-compatible interface. */
  readonly url: string;
  /** Folder of the .avsc files; the project's own by default. */
  readonly schemas?: string;
  /** How long a call may take before the registry counts as away. Milliseconds, 5,000 by default. */
  readonly timeoutMs?: number;
  /** Certificates for an `https://` address; the CAs of the system by default. */
  readonly tls?: SecureContext | undefined;
}

export function createRegistry({ url, schemas, timeoutMs, tls }: RegistryOptions): Registry {
  const api = createRegistryApi(url, { timeoutMs, tls });
  const client = createRegistryClient(url, api, { timeoutMs, tls });
  return {
    async serde<N extends keyof AvroRecords>(topic: string, record: N): Promise<Serde<AvroRecords[N]>> {
      const schema = standaloneSchema(record, schemas);
      const schemaId = await registerSchema(api, client, topic, schema);
      return new AvroSerde<AvroRecords[N]>(topic, schemaId, typeOf(schema), client);
    },
    reader: <N extends keyof AvroRecords>(topic: string, record: N) =>
      new AvroSerde<AvroRecords[N]>(topic, null, typeOf(standaloneSchema(record, schemas)), client),
    ping: () => api.ping(),
  };
}
