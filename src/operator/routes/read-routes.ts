import type { FastifyPluginAsync } from 'fastify';
import type { LiveView } from '../overview/live.ts';
import type { Accounts, DeadLetters, Follow, OperatorLog } from '../ports.ts';
import { adviceFor } from '../../replay/index.ts';
import { sendJson, sendProblem } from './answer.ts';
import {
  accountQuestion,
  followQuestion,
  graphQuestion,
  listQuestion,
  placeQuestion,
  selectionOf,
} from './questions.ts';

export interface ReadParts {
  readonly live: LiveView;
  readonly deadLetters: DeadLetters;
  readonly accounts: Accounts;
  readonly follow: Follow;
  readonly log: OperatorLog;
}

/** What is only looked at. */
export const readRoutes =
  ({ live, deadLetters, accounts, follow, log }: ReadParts): FastifyPluginAsync =>
  async (app) => {
    app.get('/api/overview', async (request, reply) => sendJson(request, reply, await live.overview()));

    app.get('/api/graph', async (request, reply) => {
      const { topology = null, direction } = graphQuestion.parse(request.query);
      const graph = await live.graph(topology, direction);
      if (graph === undefined) return sendProblem(reply, 404, 'No instance has this topology');
      return sendJson(request, reply, graph);
    });

    app.get('/api/dead-letters', async (request, reply) => {
      const { error, limit, retryable, ...asked } = listQuestion.parse(request.query);
      const errors = error?.split(',').map((code) => code.trim()) ?? [];
      const selection = selectionOf({ ...asked, errors, retryable: retryable === 'true' });
      const letters = await deadLetters.list({ selection, limit, newestFirst: true });
      const listed = letters.map(({ stack: _stack, ...letter }) => letter);
      return sendJson(request, reply, { letters: listed, isCut: letters.length >= limit });
    });

    app.get('/api/dead-letters/:partition/:offset', async (request, reply) => {
      const opened = await deadLetters.open(placeQuestion.parse(request.params));
      if (opened === undefined) return sendProblem(reply, 404, 'There is no dead letter at this place');
      return sendJson(request, reply, { ...opened, advice: adviceFor(opened.letter) });
    });

    app.get('/api/account', async (request, reply) => {
      const { before, ...asked } = accountQuestion.parse(request.query);
      const account = await accounts.read(before === undefined ? asked : { ...asked, before });
      if (account === null) return sendProblem(reply, 404, 'There is no such merchant');
      log.readAccount(account.merchantId, account.customerId);
      return sendJson(request, reply, account);
    });

    app.get('/api/follow', async (request, reply) => {
      const { id, hours } = followQuestion.parse(request.query);
      log.followed(id);
      return sendJson(request, reply, await follow(id, hours * 60 * 60 * 1_000));
    });
  };
