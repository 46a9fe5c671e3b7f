import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Type } from 'avsc';
import { DependencyUnavailableError, PointsError, toError } from '../../common/errors.ts';
import type { AvroRecords } from '../../contracts/index.ts';
import type { Serde } from '../../streams/ports.ts';
import { AvroSerde } from './avro-serde.ts';
import { compatibility, isAnother, settleCompatibility } from './compatibility.ts';
import { standaloneSchema, typeOf, wrapRecordUnions } from './schemas.ts';
import { httpRequest } from '../../common/http-request.ts';

/** A schema of ours cannot read what the topic already holds; names topic and field. */
export class SchemaIncompatibleError extends PointsError {
  readonly code = 'SCHEMA_INCOMPATIBLE';
}

export interface Registry {
  /**
   * Registers the record's schema for the values of a topic (subject `<topic>-value`), which may be done any number of
   * times, and gives the serde of its values.
   * @throws SchemaIncompatibleError where the registry refuses the schema
   * @throws DependencyUnavailableError while the registry is away
   */
  serde<N extends keyof AvroRecords>(topic: string, record: N): Promise<Serde<AvroRecords[N]>>;
  /** @throws DependencyUnavailableError when the registry does not answer */
  ping(): Promise<void>;
}

/** As many instances may meet at a new subject before one of them gives up. */
const maxAttempts = 10;

/** `url` is the base of the Confluent-compatible interface. */
export function createRegistry({ url }: { readonly url: string }): Registry {
  const client = new SchemaRegistry(
    { host: url, clientId: 'points', retry: { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, retries: 2 } },
    { [SchemaType.AVRO]: { typeHook: wrapRecordUnions } },
  );

  const writers = {
    async fetch(schemaId: number): Promise<Type | undefined> {
      try {
        return (await client.getSchema(schemaId)) as unknown as Type;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw unavailable(error);
      }
    },
  };

  const registered = async (subject: string, schema: string): Promise<number> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const options = { subject, compatibility: COMPATIBILITY[compatibility] };
        return (await client.register({ type: SchemaType.AVRO, schema }, options)).id;
      } catch (error) {
        if (attempt === maxAttempts || !(await settleCompatibility(url, subject, error))) throw error;
      }
    }
  };

  const register = async (topic: string, record: keyof AvroRecords): Promise<number> => {
    const subject = `${topic}-value`;
    const schema = standaloneSchema(record);
    try {
      return await registered(subject, JSON.stringify(schema));
    } catch (error) {
      if (isAnother(error)) {
        throw new SchemaIncompatibleError(`Subject ${subject} has another compatibility: ${error.message}`, {
          cause: error,
          facts: { topic, subject, record },
        });
      }
      if (statusOf(error) !== 409 && statusOf(error) !== 422) throw unavailable(error);
      const reason = (await differenceTo(client, subject, typeOf(schema))) ?? toError(error).message;
      throw new SchemaIncompatibleError(`The schema of topic ${topic} is not compatible: ${reason}`, {
        cause: error,
        facts: { topic, subject, record },
      });
    }
  };

  return {
    async serde<N extends keyof AvroRecords>(topic: string, record: N): Promise<Serde<AvroRecords[N]>> {
      const schemaId = await register(topic, record);
      return new AvroSerde<AvroRecords[N]>(topic, schemaId, typeOf(standaloneSchema(record)), writers);
    },
    async ping() {
      const { status } = await httpRequest(`${url}/subjects`, { timeoutMs: 1_000 });
      if (status !== 200) throw unavailable({ status });
    },
  };
}

const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined;

const unavailable = (cause: unknown): DependencyUnavailableError =>
  new DependencyUnavailableError('The schema registry', { cause, facts: { status: statusOf(cause) } });

/** What of the newest registered schema ours cannot read: avsc names the field, which the registry's answer may not. */
async function differenceTo(client: SchemaRegistry, subject: string, reader: Type): Promise<string | undefined> {
  try {
    const writer = await client.getSchema(await client.getLatestSchemaId(subject));
    reader.createResolver(writer as unknown as Type);
    return undefined;
  } catch (error) {
    return toError(error).message;
  }
}
