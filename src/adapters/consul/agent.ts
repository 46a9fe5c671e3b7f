import { z } from 'zod';
import { DependencyUnavailableError, type ErrorFacts } from '../../common/errors.ts';
import { type HttpAnswer, httpRequest } from '../../common/http-request.ts';

/** A process that offers a service. */
export interface OfferedService {
  /** Names this process among those of the service, and the same process after a restart. */
  readonly id: string;
  readonly name: string;
  /** Absent: the agent's own. */
  readonly address?: string;
  readonly port: number;
  /** What the agent asks again and again: 2xx means that the process lives. */
  readonly checkUrl: string;
}

/** What an agent holds of it. */
export type KnownService = Pick<OfferedService, 'name' | 'port'> & { readonly address: string };

/**
 * What we need of the HTTP interface of a Consul agent. There is no client library that is maintained.
 * @throws DependencyUnavailableError for every answer that is not one of an agent at work, also for one that refuses us:
 * tokens and policies are put right while we run
 */
export interface ConsulAgent {
  /** Undefined where the agent does not know it. */
  find(id: string): Promise<KnownService | undefined>;
  /** Takes the place of what was registered under the id. */
  register(service: OfferedService): Promise<void>;
  /** What is not known counts as deregistered. */
  deregister(id: string): Promise<void>;
}

export interface ConsulAgentOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token?: string;
  /** For one call. Milliseconds, 2,000 by default: stopping waits for two. */
  readonly timeoutMs?: number;
}

const known = z.object({ Service: z.string(), Address: z.string(), Port: z.number() });

/** The first line of what the agent says. */
const reasonOf = (text: string): string => text.split('\n', 1)[0]?.slice(0, 200) ?? '';

const unavailable = (facts: ErrorFacts, cause?: unknown): DependencyUnavailableError =>
  new DependencyUnavailableError('Consul', { cause, facts });

/** The agent removes it by itself when its check has failed for so long; a minute is the least it takes. */
const removedAfter = '1m';

const registrationOf = ({ id, name, address, port, checkUrl }: OfferedService): object => ({
  ...{ ID: id, Name: name, Port: port },
  ...(address !== undefined && { Address: address }),
  // The agent holds it for failing until its first answer: nobody is sent here before.
  Check: {
    ...{ CheckID: `service:${id}`, Name: `HTTP ${new URL(checkUrl).pathname}`, HTTP: checkUrl, Method: 'GET' },
    ...{ Interval: '5s', Timeout: '2s', DeregisterCriticalServiceAfter: removedAfter },
  },
});

export function createConsulAgent({ url, token, timeoutMs = 2_000 }: ConsulAgentOptions): ConsulAgent {
  const headers = {
    accept: 'application/json',
    ...(token !== undefined && { 'x-consul-token': token }),
  };
  const ask = async (method: string, path: string, content?: object): Promise<HttpAnswer> => {
    const body = content === undefined ? {} : { body: JSON.stringify(content) };
    const type = content === undefined ? {} : { 'content-type': 'application/json' };
    try {
      return await httpRequest(`${url}/v1/agent${path}`, {
        ...{ method, timeoutMs, headers: { ...headers, ...type } },
        ...body,
      });
    } catch (cause) {
      throw unavailable({}, cause);
    }
  };
  const refuseAllBut = (statuses: readonly number[], { status, text }: HttpAnswer): void => {
    if (!statuses.includes(status)) throw unavailable({ status, reason: reasonOf(text) });
  };

  return {
    async find(id) {
      const answer = await ask('GET', `/service/${encodeURIComponent(id)}`);
      refuseAllBut([200, 404], answer);
      if (answer.status === 404) return undefined;
      try {
        const { Service: name, Address: address, Port: port } = known.parse(JSON.parse(answer.text));
        return { name, address, port };
      } catch (cause) {
        throw unavailable({ reason: 'answer not understood' }, cause);
      }
    },
    async register(service) {
      const answer = await ask('PUT', '/service/register?replace-existing-checks=true', registrationOf(service));
      refuseAllBut([200], answer);
    },
    async deregister(id) {
      refuseAllBut([200, 404], await ask('PUT', `/service/deregister/${encodeURIComponent(id)}`));
    },
  };
}
