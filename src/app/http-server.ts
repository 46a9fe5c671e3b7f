import { STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyError, type FastifyPluginAsync, type FastifyReply } from 'fastify';
import { type ErrorOptions, PointsError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Tracing } from '../common/tracing.ts';
import { answerUnknownPaths, guardRequests, type HttpLimits, httpServerOptions } from '../ingress/index.ts';
import type { Health, HealthReport } from './health.ts';
import type { Metrics } from './metrics/metrics.ts';
import { traceRequests } from './tracing/trace-requests.ts';

/** The HTTP server could not take its address; most often another process has it. */
class ListenFailedError extends PointsError {
  readonly code = 'LISTEN_FAILED';

  constructor(host: string, port: number, options: ErrorOptions = {}) {
    super(`HTTP cannot listen on ${host}:${port}; POINTS_HTTP_HOST and POINTS_HTTP_PORT say where it should`, {
      ...options,
      facts: { host, port, ...options.facts },
    });
  }
}

export interface HttpServer {
  /** Adds routes; only before `listen`. */
  register(plugin: FastifyPluginAsync): void;
  /** @returns the port @throws ListenFailedError */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new requests, lets those under way end. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly health: Health;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly logger: Logger;
  readonly limits?: HttpLimits;
  /** Has a span for each request to a role's own routes. */
  readonly tracing?: Tracing;
}

const sendProblem = (reply: FastifyReply, status: number, detail: string): FastifyReply =>
  reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail }));

/** 200 or 503; `missing` names the checks that fail, `checks` says why. */
const sendReport = (reply: FastifyReply, report: HealthReport, words: readonly [string, string]): FastifyReply => {
  const missing = Object.entries(report.checks).flatMap(([name, check]) =>
    check.ok || check.optional === true ? [] : [name],
  );
  const body = { status: words[report.ok ? 0 : 1], missing, checks: report.checks };
  return reply
    .code(report.ok ? 200 : 503)
    .header('cache-control', 'no-store')
    .send(body);
};

/** `GET /health`, `/ready` and `/metrics`. */
const operatorRoutes =
  ({ health, metrics }: HttpServerOptions): FastifyPluginAsync =>
  async (app) => {
    const answers: Readonly<Record<string, (reply: FastifyReply) => Promise<FastifyReply>>> = {
      '/health': async (reply) => sendReport(reply, await health.live(), ['alive', 'not alive']),
      '/ready': async (reply) => sendReport(reply, await health.ready(), ['ready', 'not ready']),
      '/metrics': async (reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    };
    const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';
    const refuse = (reply: FastifyReply): FastifyReply =>
      sendProblem(reply.header('allow', 'GET, HEAD'), 405, 'Only GET is answered here');
    // Before Fastify looks at what a method demands: one that may not come at all needs no content type.
    app.addHook('onRequest', async (request, reply) => (isRead(request.method) ? undefined : refuse(reply)));
    for (const [url, answer] of Object.entries(answers)) {
      app.get(url, (_request, reply) => answer(reply));
      const method = app.supportedMethods.filter((one) => !isRead(one));
      app.route({ method, url, handler: (_request, reply) => refuse(reply) });
    }
  };

/** The one HTTP server of a process, for operators and for the roles' own routes; every refusal is a JSON problem. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { logger, limits, tracing } = options;
  const app = fastify({ ...httpServerOptions(limits), return503OnClosing: true, forceCloseConnections: 'idle' });
  guardRequests(app);
  answerUnknownPaths(app);
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, status, error.message);
    logger.error({ err: error }, 'A request failed');
    return sendProblem(reply, 500, 'The request could not be handled');
  });
  void app.register(operatorRoutes(options));
  return {
    register: (plugin) => {
      if (tracing === undefined) void app.register(plugin);
      else {
        void app.register(async (routes) => {
          traceRequests(routes, tracing);
          await routes.register(plugin);
        });
      }
    },
    listen: async (host, port) => {
      // What goes wrong in a plugin is not about the address.
      await app.ready();
      await app.listen({ host, port }).catch((cause: unknown) => {
        throw new ListenFailedError(host, port, { cause });
      });
      return (app.server.address() as AddressInfo).port;
    },
    close: () => app.close(),
  };
}
