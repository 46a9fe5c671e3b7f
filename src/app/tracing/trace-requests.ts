import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Span, Tracing } from '../../common/tracing.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * A span for each request to the routes of this part of the server. Anybody can send a traceparent here before he is known,
 * so it is no parent but a link: who is not known decides neither what is traced nor whose trace it is in.
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    const link = textOf(request.headers['traceparent']);
    const span = tracing.begin(`${request.method} ${route}`, {
      ...{ kind: 'server', isRoot: true, attributes },
      // The route puts it there, after this.
      correlationId: () => textOf(reply.getHeader('x-correlation-id')),
      ...(link !== undefined && { link }),
    });
    spans.set(request, span);
    span.run(done);
  });
  // A body comes in by the socket's events, which know nothing of the request's own context.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.run(done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': reply.statusCode });
    // What the caller did wrong is no failure of the server's.
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    spans.get(request)?.end('REQUEST_ABORTED');
    done();
  });
}
