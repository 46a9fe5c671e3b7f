import type { SecureContext } from 'node:tls';
import { z } from 'zod';
import { DependencyUnavailableError, type ErrorFacts } from '../../common/errors.ts';
import { type HttpAnswer, httpRequest } from '../../common/http-request.ts';

/**
 * What we need of Confluent's HTTP interface of a schema registry and its client has no call for. Every call ends within
 * its time, also where the registry hangs.
 * @throws DependencyUnavailableError for every answer that is not one of a registry at work
 */
export interface RegistryApi {
  /** The text of a version's schema. */
  version(subject: string, version: number): Promise<string>;
  /** Oldest first; none where there is no such subject. */
  versions(subject: string): Promise<readonly number[]>;
  /** What the subject itself promises; undefined where nothing was said about it. */
  compatibility(subject: string): Promise<string | undefined>;
  setCompatibility(subject: string, level: string): Promise<void>;
  ping(): Promise<void>;
}

const contentType = 'application/vnd.schemaregistry.v1+json';

const versionAnswer = z.object({ schema: z.string() });
const versionsAnswer = z.array(z.number());
const levelAnswer = z.object({ compatibilityLevel: z.string() });

const unavailable = (facts: ErrorFacts, cause?: unknown): DependencyUnavailableError =>
  new DependencyUnavailableError('The schema registry', { cause, facts });

/** What a registry says; a page that something in front of it shows is no answer of its. */
const wanted = <T>(shape: z.ZodType<T>, { status, text }: HttpAnswer): T => {
  if (status !== 200) throw unavailable({ status });
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    throw unavailable({ status, reason: 'answer not understood' }, cause);
  }
};

export interface RegistryCalls {
  /** For each call. Milliseconds, 5,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Certificates for https; the CAs of the system by default. */
  readonly tls?: SecureContext | undefined;
}

/** @param url base of the interface, without a slash at its end */
export function createRegistryApi(url: string, { timeoutMs = 5_000, tls }: RegistryCalls = {}): RegistryApi {
  const ask = async (path: string, method = 'GET', body?: object, withinMs = timeoutMs): Promise<HttpAnswer> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { accept: contentType, 'content-type': contentType };
    try {
      return await httpRequest(`${url}${path}`, { method, headers, timeoutMs: withinMs, tls, ...content });
    } catch (cause) {
      throw unavailable({}, cause);
    }
  };
  const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}/versions`;
  const configPath = (subject: string): string => `/config/${encodeURIComponent(subject)}`;

  return {
    async ping() {
      const { status } = await ask('/subjects', 'GET', undefined, 1_000);
      if (status !== 200) throw unavailable({ status });
    },
    async version(subject, version) {
      return wanted(versionAnswer, await ask(`${subjectPath(subject)}/${String(version)}`)).schema;
    },
    async versions(subject) {
      const answer = await ask(subjectPath(subject));
      return answer.status === 404 ? [] : wanted(versionsAnswer, answer);
    },
    async compatibility(subject) {
      const answer = await ask(configPath(subject));
      return answer.status === 404 ? undefined : wanted(levelAnswer, answer).compatibilityLevel;
    },
    async setCompatibility(subject, level) {
      const { status } = await ask(configPath(subject), 'PUT', { compatibility: level });
      // 409: another instance that starts at the same moment sets the same.
      if (status !== 200 && status !== 409) throw unavailable({ status });
    },
  };
}
