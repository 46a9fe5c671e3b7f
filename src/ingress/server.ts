import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply } from 'fastify';
import { type ProblemReason, problemMediaType, problemOf } from './problem.ts';

/** What a request may cost, so that a slow or hostile sender holds nothing for long. Every value has a default. */
export interface HttpLimits {
  /** 1 MiB by default; Shopify's orders have some 10 KiB. */
  readonly bodyLimitBytes?: number;
  /** From the first byte to the last one of a request; 6,000 by default. */
  readonly requestTimeoutMs?: number;
  /**
   * From the first byte to the end of the headers, and before that from the connection to the first byte; 3,000 by default.
   * So a connection that brings no whole request is gone after 10 s, however it goes about it. Shopify gives up after 5 s.
   */
  readonly headersTimeoutMs?: number;
  /** How often the two above are looked at; 500 by default. */
  readonly checkIntervalMs?: number;
}

const sendProblem = (reply: FastifyReply, reason: ProblemReason): FastifyReply =>
  reply
    .code(problemOf(reason).status)
    .type(problemMediaType)
    .send(JSON.stringify(problemOf(reason)));

const parserProblems: Readonly<Record<string, ProblemReason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** Whether an answer has begun on the connection: a second one would be read as a part of it. */
const isAnswering = (socket: Socket & { readonly _httpMessage?: Partial<ServerResponse> | null }): boolean =>
  socket._httpMessage?.headersSent === true;

/**
 * What Node's parser refuses never becomes a request, so its answer is written by hand. Then the connection is gone, whether
 * or not the sender closes its side: one that never does would otherwise hold it for ever.
 */
const answerParserError = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const problem = problemOf(parserProblems[error.code ?? ''] ?? 'request_malformed');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
};

/**
 * Options for the Fastify instance that carries the webhooks. Fastify switches Node's request time-out off and has none
 * for headers: both are set here, and are looked at often enough to mean what they say.
 */
export const httpServerOptions = (limits: HttpLimits = {}): FastifyHttpOptions<Server> => ({
  logger: false,
  bodyLimit: limits.bodyLimitBytes ?? 1024 * 1024,
  requestTimeout: limits.requestTimeoutMs ?? 6_000,
  connectionTimeout: 20_000,
  keepAliveTimeout: 65_000,
  http: {
    headersTimeout: limits.headersTimeoutMs ?? 3_000,
    connectionsCheckingInterval: limits.checkIntervalMs ?? 500,
    maxHeaderSize: 16 * 1024,
  },
  clientErrorHandler: answerParserError,
  frameworkErrors: (_error, _request, reply) => {
    void sendProblem(reply, 'request_malformed');
  },
});

/** Makes an instance answer unknown paths with a problem too. Call it once, on the root. */
export const answerUnknownPaths = (app: FastifyInstance): void => {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'path_unknown'));
};

/** Nobody who delivers webhooks sends requests ahead of the answers; a proxy may, a little. */
const mostAhead = 16;

/** Of one connection. */
interface Ahead {
  /** Requests that are not answered yet. */
  unanswered: number;
  /** Requests that came in one turn of the event loop: quick refusals are answered, but nobody else has had a turn. */
  inTurn: number;
}

const hasTwoHosts = (rawHeaders: readonly string[]): boolean =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1;

/**
 * Refuses what Node's parser lets pass: two hosts, of which two readers may take different ones, and a flood of requests on
 * one connection, which would be worked off in one go while everybody else waits. Call it once, on the root, before routes
 * are added.
 */
export const guardRequests = (app: FastifyInstance): void => {
  const connections = new WeakMap<Socket, Ahead>();

  const isFlood = (socket: Socket): boolean => {
    const ahead = connections.get(socket) ?? { unanswered: 0, inTurn: 0 };
    connections.set(socket, ahead);
    if (ahead.inTurn === 0) setImmediate(() => (ahead.inTurn = 0));
    ahead.unanswered += 1;
    ahead.inTurn += 1;
    return ahead.unanswered > mostAhead || ahead.inTurn > mostAhead;
  };

  app.addHook('onRequest', (request, reply, done) => {
    const { socket, rawHeaders } = request.raw;
    if (isFlood(socket)) {
      socket.destroy();
      reply.hijack();
    } else if (hasTwoHosts(rawHeaders)) {
      void sendProblem(reply.header('connection', 'close'), 'request_malformed');
    } else done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    const ahead = connections.get(request.raw.socket);
    if (ahead !== undefined) ahead.unanswered -= 1;
    done();
  });
};
