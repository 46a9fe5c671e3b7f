import type { Type } from 'avsc';
import { PointsError } from '../../common/errors.ts';
import type { RegistryApi } from './registry-api.ts';
import type { RegistryClient } from './registry-client.ts';
import { schemaDifference } from './schema-difference.ts';
import type { RecordSchema } from './schemas.ts';
import { typeOf } from './schemas.ts';

/** A schema of ours cannot read what the topic already holds; names topic, subject and fields, and what to do. */
export class SchemaIncompatibleError extends PointsError {
  readonly code = 'SCHEMA_INCOMPATIBLE';
}

/** What every subject of ours promises: a schema reads everything that any earlier one has written. */
const compatibility = 'BACKWARD_TRANSITIVE';

/** What some registries answer of a subject that nobody has promised anything about. */
const nothingPromised = 'NONE';

const remedy =
  'give a new field a default, keep the type of a field and every symbol and branch it has, or write to a new topic';

/**
 * Registers a topic's schema under `<topic>-value`; may be done any number of times, by any number of instances.
 * @returns the schema's id
 * @throws SchemaIncompatibleError where the registry refuses it, or somebody has given the subject another compatibility
 * @throws DependencyUnavailableError while the registry is away
 */
export async function registerSchema(
  api: RegistryApi,
  client: RegistryClient,
  topic: string,
  schema: RecordSchema,
): Promise<number> {
  const subject = `${topic}-value`;
  const facts = { topic, subject, record: schema.name };
  const level = await api.compatibility(subject);
  if (level === undefined || level === nothingPromised) {
    // Before the schema: one that breaks the promise must not get in, and an instance may be killed between the two.
    await api.setCompatibility(subject, compatibility);
  } else if (level !== compatibility) {
    throw new SchemaIncompatibleError(
      `Subject ${subject} has another compatibility: ${level}, and topic ${topic} needs ${compatibility}; ` +
        'set it at the registry, or write to a new topic',
      { facts: { ...facts, compatibility: level } },
    );
  }
  const registration = await client.register(subject, JSON.stringify(schema), compatibility);
  if ('id' in registration) return registration.id;
  const refused = await firstDifference(api, subject, typeOf(schema));
  const reason =
    refused === undefined
      ? `the registry says: ${registration.refusal}`
      : `it cannot read what version ${String(refused.version)} has written: ${refused.faults.join(', ')}; ${remedy}`;
  throw new SchemaIncompatibleError(
    `The schema ${schema.name} is refused for topic ${topic} (subject ${subject}): ${reason}`,
    { facts: { ...facts, status: registration.status, version: refused?.version } },
  );
}

interface Difference {
  readonly version: number;
  readonly faults: readonly string[];
}

/** The newest version that ours cannot read, and why; undefined where we find none. */
async function firstDifference(api: RegistryApi, subject: string, reader: Type): Promise<Difference | undefined> {
  for (const version of (await api.versions(subject)).toReversed()) {
    const faults = faultsOf(reader, await api.version(subject, version));
    if (faults.length > 0) return { version, faults };
  }
  return undefined;
}

function faultsOf(reader: Type, writtenAs: string): readonly string[] {
  try {
    return schemaDifference(reader, typeOf(JSON.parse(writtenAs)));
  } catch {
    // Not Avro, or it names what stands elsewhere: the registry's own words must do.
    return [];
  }
}
