import type { FastifyPluginAsync } from 'fastify';
import type { Gate } from '../access/gate.ts';
import type { OperatorLog } from '../ports.ts';
import { sendProblem } from './answer.ts';
import { sessionQuestion } from './questions.ts';

/** Logging in and out. */
export const sessionRoutes =
  ({ gate, log }: { readonly gate: Gate; readonly log: OperatorLog }): FastifyPluginAsync =>
  async (app) => {
    app.post('/api/session', async (request, reply) => {
      const { token } = sessionQuestion.parse(request.body);
      const refusal = gate.logIn(request, reply, token);
      if (refusal === null) {
        log.loggedIn(request.ip);
        return reply.code(204).send();
      }
      log.refused(request.ip, refusal.status);
      if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds);
      return sendProblem(reply, refusal.status, refusal.detail);
    });
    app.delete('/api/session', async (request, reply) => {
      gate.logOut(request, reply);
      return reply.code(204).send();
    });
  };
