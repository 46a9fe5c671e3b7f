import { Agent } from 'node:https';
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avro, { type Type } from 'avsc';
import { z } from 'zod';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { WriterSchemas } from './avro-serde.ts';
import type { RegistryApi, RegistryCalls } from './registry-api.ts';
import { wrapRecordUnions } from './schemas.ts';

/** What the registry made of a schema that it was asked to take. */
export type Registration = { readonly id: number } | { readonly status: number; readonly refusal: string };

/**
 * Registers and fetches schemas; each is fetched once, whoever asks first. Every call ends within its time, also where
 * the registry hangs. @throws DependencyUnavailableError for every answer that is not one of a registry at work
 */
export interface RegistryClient extends WriterSchemas {
  /** Gives the id it has where it is registered already. @param compatibility what the subject promises */
  register(subject: string, schema: string, compatibility: keyof typeof COMPATIBILITY): Promise<Registration>;
}

/** Begins the package's words of an error. */
const clientId = 'points';

/** By the package's names of the calls: it works with whatever else it is answered. */
const schemaAnswer = z.object({ schema: z.string() });
const answers: Readonly<Record<string, z.ZodType>> = {
  find: schemaAnswer,
  version: schemaAnswer,
  config: z.object({ compatibilityLevel: z.string() }),
  register: z.object({ id: z.number() }),
};

/** @param url base of the interface, without a slash at its end */
export function createRegistryClient(
  url: string,
  { ping }: Pick<RegistryApi, 'ping'>,
  { timeoutMs = 5_000, tls }: RegistryCalls = {},
): RegistryClient {
  // A session that is taken up again would be one of older certificates.
  const agent = tls && new Agent({ secureContext: tls, maxCachedSessions: 0 });
  const connect = (): SchemaRegistry =>
    new SchemaRegistry(
      {
        host: url,
        ...(agent && { agent }),
        clientId,
        // Waiting is done by those who call, for as long as it takes.
        retry: { retries: 0 },
        middlewares: [
          ({ resourceMethod }) => ({
            // Otherwise each call to a registry that hangs would keep its connection.
            prepareRequest: async (next) => (await next()).enhance({ signal: AbortSignal.timeout(timeoutMs) }),
            async response(next) {
              const response = await next();
              answers[resourceMethod]?.parse(response.data());
              return response;
            },
          }),
        ],
      },
      { [SchemaType.AVRO]: { typeHook: wrapRecordUnions } },
    );

  let current: SchemaRegistry | undefined;

  /** Gives what the registry itself refused or cannot be compiled to `judge`; all else is a registry that is away. */
  const ask = async <T>(
    call: (client: SchemaRegistry) => Promise<T>,
    judge: (error: unknown) => T | undefined,
  ): Promise<T> => {
    const client = (current ??= connect());
    const late = Promise.withResolvers<never>();
    // The package has no deadline, and waits for ever where an answer is cut short.
    const timer = setTimeout(() => {
      late.reject(new DependencyUnavailableError(new URL(url).host, { facts: { timeout_ms: timeoutMs } }));
    }, timeoutMs);
    try {
      return await Promise.race([call(client), late.promise]);
    } catch (error) {
      const judged = judge(error);
      if (judged !== undefined) return judged;
      // With all that it remembers and still waits for.
      if (current === client) current = undefined;
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async fetch(schemaId) {
      // Registries count from 1, so nothing else needs to be asked about.
      if (schemaId < 1) return undefined;
      const found = await ask<unknown>(
        (client) => client.getSchema(schemaId),
        (error) => (statusOf(error) === 404 ? 'missing' : isOfTheSchema(error) ? 'unusable' : undefined),
      );
      // What stands in front of a registry that is away may say 404 too, and then no record is to blame.
      if (found === 'missing') await ping();
      return isType(found) ? found : undefined;
    },
    register: (subject, schema, compatibility) =>
      ask<Registration>(
        (client) =>
          client.register({ type: SchemaType.AVRO, schema }, { subject, compatibility: COMPATIBILITY[compatibility] }),
        (error) => {
          const status = statusOf(error);
          if (status !== 409 && status !== 422) return undefined;
          const refusal = (error as Error).message.replace(`${clientId} - `, '');
          // The package's own words, where the answer is not in a registry's.
          return refusal.startsWith('Error, status') ? undefined : { status, refusal };
        },
      ),
  };
}

const isType = (found: unknown): found is Type => avro.Type.isType(found);

/** Of what does not compile: nothing to wait for, the records written with it fail one by one. */
const isOfTheSchema = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConfluentSchemaRegistryArgumentError';

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;

const unavailable = (cause: unknown): DependencyUnavailableError => {
  const status = statusOf(cause);
  // The package's word for no answer at all.
  const facts = status === 400 ? {} : { status };
  return new DependencyUnavailableError('The schema registry', { cause, facts });
};
