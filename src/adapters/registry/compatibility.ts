import { httpRequest } from '../../common/http-request.ts';

/** What every subject of ours promises: a schema reads everything that any earlier one has written. */
export const compatibility = 'BACKWARD_TRANSITIVE';

const timeoutMs = 5_000;

/** What a registry answers of a subject that nobody has promised anything about. */
const nothingPromised = 'NONE';

/**
 * Whether the registry refused to go on because of the subject's compatibility and not of its schema: another instance
 * that starts at the same moment has set it first, or one that was killed has registered the schema and not set it.
 * Then it is set now, and registering may be tried again. Where somebody has chosen another on purpose, it stays.
 */
export async function settleCompatibility(url: string, subject: string, error: unknown): Promise<boolean> {
  if (isAlreadySet(error)) return true;
  if (!isAnother(error) || !error.message.includes(`!= ${nothingPromised})`)) return false;
  const { status } = await httpRequest(`${url}/config/${encodeURIComponent(subject)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
    timeoutMs,
  });
  return status === 200 || status === 409;
}

const isAlreadySet = (error: unknown): boolean =>
  error instanceof Error &&
  'status' in error &&
  error.status === 409 &&
  'url' in error &&
  String(error.url).includes('/config/');

/** Our client compares what the registry says with what we want, and says so in words only. */
export const isAnother = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ConfluentSchemaRegistryCompatibilityError';
