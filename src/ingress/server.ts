import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply } from 'fastify';
import { type ProblemReason, problemMediaType, problemOf } from './problem.ts';

/** What a request may cost, so that a slow or hostile sender holds nothing for long. Every value has a default. */
export interface HttpLimits {
  /** 1 MiB by default; Shopify's orders have some 10 KiB. */
  readonly bodyLimitBytes?: number;
  /** From the first byte to the last one of a request; 10,000 by default. */
  readonly requestTimeoutMs?: number;
  /** From the first byte to the end of the headers; 5,000 by default. */
  readonly headersTimeoutMs?: number;
  /** How often the two above are looked at; 1,000 by default. */
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

/** What Node's parser refuses never becomes a request, so its answer is written by hand. */
const answerParserError = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
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
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

/**
 * Options for the Fastify instance that carries the webhooks. Fastify switches Node's request time-out off and has none
 * for headers: both are set here, and are looked at often enough to mean what they say.
 */
export const httpServerOptions = (limits: HttpLimits = {}): FastifyHttpOptions<Server> => ({
  logger: false,
  bodyLimit: limits.bodyLimitBytes ?? 1024 * 1024,
  requestTimeout: limits.requestTimeoutMs ?? 10_000,
  connectionTimeout: 20_000,
  keepAliveTimeout: 65_000,
  http: {
    headersTimeout: limits.headersTimeoutMs ?? 5_000,
    connectionsCheckingInterval: limits.checkIntervalMs ?? 1_000,
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
