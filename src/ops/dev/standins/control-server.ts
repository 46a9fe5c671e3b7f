import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRetryable, toError } from '../../../common/errors.ts';
import { z } from 'zod';
import { PortTakenError } from '../errors.ts';
import { isUuid } from '../../../domain/index.ts';
import type { CampaignStandin } from './campaign.ts';
import { type Conducts, modes, standinNames } from './conduct.ts';
import type { AdmincoreStandin } from './admincore.ts';
import type { CoreStandin } from './core.ts';

/** What people and the demonstration tell the stand-ins, and ask of them. */
export interface ControlParts {
  readonly conducts: Conducts;
  readonly core: Pick<CoreStandin, 'learntFrom' | 'knowOnly'> | null;
  readonly campaign: Pick<CampaignStandin, 'assign' | 'setThresholds'>;
  readonly admincore: Pick<AdmincoreStandin, 'archive'>;
  readonly newId: () => string;
}

export interface ControlServer {
  /** Base URL */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Route = (body: unknown, query: URLSearchParams) => Promise<Answer> | Answer;

const uuid = z.string().refine(isUuid, 'must be a UUID').toLowerCase();
const conductShape = z.strictObject({
  target: z.enum(standinNames),
  mode: z.enum(modes),
  delayMs: z.int().min(0).max(600_000).default(2_000),
});
const assignmentShape = z.strictObject({
  merchant_id: uuid,
  customer_id: uuid,
  tier_id: z.string().min(1),
  event_id: uuid.optional(),
  correlation_id: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
});
const thresholdsShape = z.record(z.string(), z.int().positive());
const customersShape = z.strictObject({ only: z.array(uuid).nullable() });

const ok = (body: unknown): Answer => ({ status: 200, body });
const notOurs: Answer = { status: 404, body: { error: 'Core is not stood in for: CORE_HOST names another' } };

/** Every route, by method and path. */
const routesOf = ({ conducts, core, campaign, admincore, newId }: ControlParts): Readonly<Record<string, Route>> => {
  const state = (): Answer => ok(Object.fromEntries(standinNames.map((name) => [name, conducts[name].current()])));
  return {
    'GET /health': () => ok({ ok: true }),
    'GET /control': state,
    'POST /control': (body) => {
      const { target, mode, delayMs } = conductShape.parse(body);
      conducts[target].set({ mode, delayMs: mode === 'slow' ? delayMs : 0 });
      return state();
    },
    'POST /campaign/assignments': async (body) => {
      const { event_id = newId(), correlation_id = newId(), ...tier } = assignmentShape.parse(body);
      if (conducts.campaign.current().mode === 'away') return { status: 503, body: { error: 'Campaign is away' } };
      await campaign.assign({ ...tier, event_id, correlation_id });
      return { status: 202, body: { event_id, correlation_id } };
    },
    'POST /campaign/thresholds': (body) => {
      const thresholds = thresholdsShape.parse(body);
      campaign.setThresholds(new Map(Object.entries(thresholds)));
      return ok(thresholds);
    },
    'POST /core/customers': (body) => {
      const { only } = customersShape.parse(body);
      core?.knowOnly(only);
      return core === null ? notOurs : ok({ only });
    },
    'GET /core/rfm': (_, query) => (core === null ? notOurs : ok(core.learntFrom(query.get('correlation_id') ?? ''))),
    'GET /admincore/records': async (_, query) => ok(await admincore.archive.find(query.get('correlation_id') ?? '')),
  };
};

const maxBodyBytes = 64 * 1024;

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new SyntaxError('The body is too large');
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown);
};

const refusalOf = (thrown: unknown): Answer => {
  if (thrown instanceof z.ZodError) return { status: 400, body: { error: z.prettifyError(thrown) } };
  if (thrown instanceof SyntaxError) return { status: 400, body: { error: thrown.message } };
  return { status: isRetryable(thrown) ? 503 : 500, body: { error: toError(thrown).message } };
};

/**
 * HTTP at 127.0.0.1 for whoever directs the stand-ins.
 * @param port 0 for any free one
 * @throws PortTakenError
 */
export const startControlServer = async (port: number, parts: ControlParts): Promise<ControlServer> => {
  const routes = routesOf(parts);
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = routes[`${request.method ?? ''} ${url.pathname}`];
    if (route === undefined)
      return { status: 404, body: { error: 'There is no such route', routes: Object.keys(routes) } };
    return route(await bodyOf(request), url.searchParams);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void answer(request)
      .catch(refusalOf)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new PortTakenError('stand-ins', port, { cause })));
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
