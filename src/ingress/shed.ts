import type { FastifyReply } from 'fastify';
import type { Shed } from '../admission/index.ts';
import { problemMediaType, problemOf } from './problem.ts';

/**
 * Answers what is not let in. It makes no log line: there are as many as there is too much, and the door counts them. A
 * body that has not been read is not read: Node throws away what of it still comes.
 */
export const sendShed = (reply: FastifyReply, { retryAfterSeconds }: Shed, correlationId: string): FastifyReply => {
  const problem = problemOf('overloaded', correlationId);
  return reply
    .code(problem.status)
    .header('retry-after', String(retryAfterSeconds))
    .type(problemMediaType)
    .send(JSON.stringify(problem));
};
