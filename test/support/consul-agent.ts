import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** As Go writes it. */
const duration = z.string().regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/);
const minuteOrMore = duration.refine((one) => /\d[mh]/.test(one) || Number.parseFloat(one) >= 60);

/** Fields and types of `PUT /v1/agent/service/register`, as its documentation lists them; no others. */
const check = z.strictObject({
  ...{ CheckID: z.string(), Name: z.string(), Notes: z.string(), Status: z.enum(['passing', 'warning', 'critical']) },
  ...{
    HTTP: z.url({ protocol: /^https?$/ }),
    Method: z.string(),
    Header: z.record(z.string(), z.array(z.string())),
    Body: z.string(),
  },
  ...{ Interval: duration, Timeout: duration, DeregisterCriticalServiceAfter: minuteOrMore, TTL: duration },
  ...{
    TCP: z.string(),
    GRPC: z.string(),
    GRPCUseTLS: z.boolean(),
    TLSServerName: z.string(),
    TLSSkipVerify: z.boolean(),
  },
  ...{ SuccessBeforePassing: z.int(), FailuresBeforeWarning: z.int(), FailuresBeforeCritical: z.int() },
});
const partialCheck = check
  .partial()
  .refine((one) => one.HTTP === undefined || one.Interval !== undefined, 'an HTTP check needs its interval');
const registration = z.strictObject({
  ...{ Name: z.string().min(1), ID: z.string().min(1).optional(), Address: z.string().optional() },
  ...{ Port: z.int().min(0).max(65_535).optional(), Tags: z.array(z.string()).optional() },
  ...{ Meta: z.record(z.string(), z.string()).optional(), EnableTagOverride: z.boolean().optional() },
  ...{ Check: partialCheck.optional(), Checks: z.array(partialCheck).optional() },
  Weights: z.strictObject({ Passing: z.int(), Warning: z.int() }).optional(),
});

export type Registered = z.output<typeof registration>;

/** Stands in for the agent of Consul, which cannot be had here: by its documented HTTP interface, and strict about it. */
export interface ConsulStandin {
  readonly url: string;
  /** By id. */
  readonly services: Map<string, Registered>;
  /** Method and path of every request, in order. */
  readonly asked: string[];
  /** Everything it has refused, with the reason. */
  readonly refused: string[];
  /** How it answers from now on: as it should, with 500, or not at all. */
  behave(how: 'well' | 'broken' | 'hanging'): void;
  /** What the check of a service finds: the status of the answer, or 0. */
  checkOf(id: string): Promise<number>;
}

/**
 * @param onEnd registers what is to be done at the end; `token`: what every request must bring; `onDeregister` is waited for
 * before a service is taken out
 */
export async function startConsulStandin(
  onEnd: (cleanUp: () => Promise<void>) => unknown,
  { token, onDeregister }: { readonly token?: string; readonly onDeregister?: () => Promise<void> } = {},
): Promise<ConsulStandin> {
  const services = new Map<string, Registered>();
  const asked: string[] = [];
  const refused: string[] = [];
  let how: Parameters<ConsulStandin['behave']>[0] = 'well';

  const answer = async (request: IncomingMessage): Promise<readonly [status: number, body: string]> => {
    const url = new URL(request.url ?? '', 'http://agent');
    if (token !== undefined && request.headers['x-consul-token'] !== token) {
      return [403, 'Permission denied: anonymous token lacks permission "service:write"'];
    }
    const [, what, id = ''] = /^\/v1\/agent\/service\/(register$|deregister\/|)([^/]*)$/.exec(url.pathname) ?? [];
    if (what === undefined) return [404, 'Invalid URL path'];
    if (request.method !== (what === '' ? 'GET' : 'PUT')) return [405, `method ${String(request.method)} not allowed`];
    if (what === 'register') {
      for (const [name, value] of url.searchParams) {
        if (name !== 'replace-existing-checks' || value !== 'true') return [400, `Unknown parameter ${name}`];
      }
      const parsed = registration.safeParse(JSON.parse(await text(request)));
      if (!parsed.success) return [400, `Request decode failed: ${parsed.error.message}`];
      services.set(parsed.data.ID ?? parsed.data.Name, parsed.data);
      return [200, ''];
    }
    const service = services.get(decodeURIComponent(id));
    if (service === undefined) return [404, `unknown service ID: ${id}`];
    if (what === 'deregister/') {
      await onDeregister?.();
      services.delete(decodeURIComponent(id));
      return [200, ''];
    }
    const { Name: Service, ID = Service, Address = '', Port = 0, Tags = [], Meta = {} } = service;
    return [200, JSON.stringify({ Kind: '', ID, Service, Tags, Meta, Port, Address, ContentHash: '4ecd29c7bc647ca8' })];
  };

  const server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)}`);
    if (how === 'hanging') return;
    const answered = how === 'broken' ? Promise.resolve([500, 'No cluster leader'] as const) : answer(request);
    void answered
      .catch((error: unknown) => [400, `Request decode failed: ${String(error)}`] as const)
      .then(([status, body]) => {
        if (status !== 200 && status !== 500) refused.push(`${String(status)} ${body}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    ...{ services, asked, refused },
    behave: (now) => {
      how = now;
    },
    checkOf: async (id) =>
      fetch(services.get(id)?.Check?.HTTP ?? '').then(
        ({ status }) => status,
        () => 0,
      ),
  };
}
