import type { FastifyError, FastifyPluginAsync, FastifyReply } from 'fastify';
import { ZodError } from 'zod';
import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { ReplayInvalidError } from '../../replay/index.ts';
import type { Gate } from '../access/gate.ts';
import { safeHeaders, sendProblem } from './answer.ts';
import { pageRoutes } from './page-routes.ts';
import { type ReadParts, readRoutes } from './read-routes.ts';
import { type ReplayParts, replayRoutes } from './replay-routes.ts';
import { sessionRoutes } from './session-routes.ts';

export interface OperatorParts extends ReadParts, ReplayParts {
  readonly gate: Gate;
  readonly logger: Logger;
}

const bodyLimit = 64 * 1024;

const sendFault = (error: FastifyError | Error, reply: FastifyReply, logger: Logger): FastifyReply => {
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    return sendProblem(reply, 400, `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim());
  }
  if (error instanceof ReplayInvalidError) return sendProblem(reply, 409, error.message);
  if (isRetryable(error)) return sendProblem(reply, 503, toError(error).message);
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return sendProblem(reply, status, error.message);
  logger.error({ err: error }, 'The operators’ page could not be answered');
  return sendProblem(reply, 500, 'The request could not be handled; the log of the instance says why');
};

/** Everything below `/operator`: the page for all who come, what it shows for those who know the token. */
export const operatorRoutes =
  (parts: OperatorParts): FastifyPluginAsync =>
  async (root) => {
    await root.register(
      async (app) => {
        const { gate, log, logger } = parts;
        app.addHook('onRoute', (route) => {
          route.bodyLimit ??= bodyLimit;
        });
        app.addHook('onRequest', async (_request, reply) => {
          reply.headers(safeHeaders);
        });
        app.setErrorHandler<FastifyError>((error, _request, reply) => sendFault(error, reply, logger));
        await app.register(pageRoutes);
        await app.register(sessionRoutes({ gate, log }));
        await app.register(async (guarded) => {
          guarded.addHook('onRequest', async (request, reply) => {
            const refusal = gate.refusalOf(request);
            if (refusal === null) return undefined;
            if (refusal.status !== 401 || request.headers.authorization !== undefined) {
              log.refused(request.ip, refusal.status);
            }
            if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds);
            return sendProblem(reply, refusal.status, refusal.detail);
          });
          await guarded.register(readRoutes(parts));
          await guarded.register(replayRoutes(parts));
        });
      },
      { prefix: '/operator' },
    );
  };
