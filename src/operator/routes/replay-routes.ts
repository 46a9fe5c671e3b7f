import type { FastifyPluginAsync } from 'fastify';
import type { Clock } from '../../common/clock.ts';
import type { Tally } from '../../replay/index.ts';
import type { Sessions } from '../access/session.ts';
import type { DeadLetters, Replayer } from '../ports.ts';
import type { Replays } from '../replays.ts';
import { sendJson, sendProblem } from './answer.ts';
import { goQuestion, replayQuestion, sealedJob, selectionOf } from './questions.ts';

export interface ReplayParts {
  readonly replayer: Replayer;
  readonly replays: Replays;
  readonly deadLetters: DeadLetters;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** Whoever has looked at a dry run for longer looks at another one before acting. */
const dryRunHoldsMs = 10 * 60_000;
const dryRunWithinMs = 30_000;
const sampled = 5;

const shownTally = ({ merchants, errors, skipped, ...tally }: Tally) => ({
  ...tally,
  merchants: Object.fromEntries(merchants),
  errors: Object.fromEntries(errors),
  skipped: [...skipped].map(([why, { records }]) => ({ why, records })),
});

/**
 * Replays of dead letters: first a dry run, which hands out its job under a seal; then that job and no other is run. Any
 * instance takes a job that another one has sealed.
 */
export const replayRoutes =
  ({ replayer, replays, deadLetters, sessions, clock }: ReplayParts): FastifyPluginAsync =>
  async (app) => {
    app.post('/api/replays/dry-run', async (request, reply) => {
      const { place, ...asked } = replayQuestion.parse(request.body);
      const selection = selectionOf(asked);
      const offsets =
        place === undefined ? [] : [{ partition: place.partition, from: place.offset, to: place.offset + 1 }];
      const job = await replayer.plan({ from: 'points.dlq', selection, offsets });
      const tally = await replayer.dryRun(job, AbortSignal.timeout(dryRunWithinMs));
      const sample =
        place === undefined
          ? await deadLetters.list({ selection, limit: sampled, newestFirst: true })
          : [await deadLetters.open(place)].flatMap((opened) => opened?.letter ?? []);
      const expiresAt = clock.now() + dryRunHoldsMs;
      const text = JSON.stringify({ records: tally.records, expiresAt, job });
      return sendJson(request, reply, {
        ...{ id: job.id, job: text, seal: sessions.seal(text), expiresAt },
        tally: shownTally(tally),
        sample: sample.map(({ stack: _stack, ...letter }) => letter),
      });
    });

    app.post('/api/replays', async (request, reply) => {
      const { job: text, seal, rate } = goQuestion.parse(request.body);
      if (!sessions.isSealed(text, seal)) return sendProblem(reply, 409, 'No dry run has told this job: run one first');
      const { job, records, expiresAt } = sealedJob.parse(JSON.parse(text));
      if (expiresAt < clock.now()) return sendProblem(reply, 409, 'The dry run is too old: run it again');
      return sendJson(request, reply.code(202), replays.begin(job, records, rate));
    });

    app.get<{ Params: { id: string } }>('/api/replays/:id', async (request, reply) => {
      const run = replays.find(request.params.id);
      if (run === undefined) return sendProblem(reply, 404, 'No such replay was begun at this instance');
      return sendJson(request, reply, run);
    });

    app.post<{ Params: { id: string } }>('/api/replays/:id/stop', async (request, reply) => {
      const run = replays.stop(request.params.id);
      if (run === undefined) return sendProblem(reply, 404, 'No such replay was begun at this instance');
      return sendJson(request, reply, run);
    });
  };
