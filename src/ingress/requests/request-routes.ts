import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Door, isShed, type Place, type Shed } from '../../admission/index.ts';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { authenticate, callerKey, correlationIdOf, TooManyWaitingError } from '../../requests/index.ts';
import type { Identity, TokenValidator } from '../../requests/ports.ts';
import { DeliveryRefusedError, problemMediaType } from '../problem.ts';
import { sendShed } from '../shed.ts';
import type { RequestDeps, RequestMetrics, RequestPath } from './request-ports.ts';
import { requestProblem, type RequestProblemReason, RequestRefusedError } from './request-problem.ts';
import { type RequestFacts, type Taken, takeRedemption, type TakeRequest, takeTillBatch } from './take-request.ts';

export interface RequestRouteDeps extends RequestDeps {
  readonly door: Door;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Makes correlation ids for requests that bring none. */
  readonly newId: () => string;
}

/** What is known about a request from its first hook on. */
interface RequestContext {
  readonly startedAtMs: number;
  readonly correlationId: string;
  readonly facts: RequestFacts;
  identity?: Identity;
}

interface Route {
  readonly url: RequestPath;
  readonly eventType: string;
  readonly bodyLimitBytes: number;
  readonly take: TakeRequest;
}

/** When a request should be made again: one that was not taken, and one that is not decided yet. */
const retryAfterSeconds = { unavailable: '5', undecided: '1' } as const;
const noBody = Buffer.alloc(0);

const extraHeaders: Readonly<Partial<Record<RequestProblemReason, Readonly<Record<string, string>>>>> = {
  method_not_allowed: { allow: 'POST' },
  token_invalid: { 'www-authenticate': 'Bearer' },
  dependency_unavailable: { 'retry-after': retryAfterSeconds.unavailable },
  too_many_waiting: { 'retry-after': retryAfterSeconds.undecided },
};

const reasonOfFrameworkError = ({ code, statusCode }: FastifyError): RequestProblemReason => {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'body_too_large';
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'content_type_malformed';
  return statusCode !== undefined && statusCode < 500 ? 'request_malformed' : 'internal_error';
};

const reasonOf = (thrown: FastifyError): RequestProblemReason => {
  if (thrown instanceof RequestRefusedError || thrown instanceof DeliveryRefusedError) return thrown.reason;
  if (thrown instanceof TooManyWaitingError) return 'too_many_waiting';
  return thrown instanceof DependencyUnavailableError ? 'dependency_unavailable' : reasonOfFrameworkError(thrown);
};

const outcomeOf = (status: number): 'unavailable' | 'refused' | 'failed' => {
  if (status === 503) return 'unavailable';
  return status < 500 ? 'refused' : 'failed';
};

/** Every value of a header: Node gives only the first, and two that differ leave it open which was meant. */
const valuesOf = (rawHeaders: readonly string[], name: string): readonly string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

/** Aborted when the connection ends before the answer is out. */
const untilGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
};

/**
 * `POST /redemptions` and `POST /pos/transactions` as a Fastify plugin: with a token, and answered with the decision where
 * there is one in time. The token is looked at before the body is read. Every refusal is an RFC 9457 problem; each request
 * makes one log line and one observation.
 */
export const requestRoutes = (deps: RequestRouteDeps): FastifyPluginAsync => {
  const { tokens, door, metrics, logger, clock, newId } = deps;
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  const takeBatch = takeTillBatch(deps, (status) => {
    metrics.item(status);
  });
  const routes: readonly Route[] = [
    {
      ...{ url: '/redemptions', eventType: 'reward.redemption', bodyLimitBytes: 16 * 1024 },
      take: takeRedemption(deps),
    },
    { ...{ url: '/pos/transactions', eventType: 'pos.transaction', bodyLimitBytes: 256 * 1024 }, take: takeBatch },
  ];
  const routeOf = new Map(routes.map((route) => [route.url as string, route]));

  const contextOf = (request: FastifyRequest): RequestContext => {
    const known = contexts.get(request);
    if (known !== undefined) return known;
    const correlationId = correlationIdOf(request.headers['x-correlation-id'], newId);
    const context = { startedAtMs: clock.now(), correlationId, facts: {} };
    contexts.set(request, context);
    return context;
  };

  const tell = (request: FastifyRequest, outcome: string, reason: string | null, err?: unknown): void => {
    const { startedAtMs, correlationId, facts } = contextOf(request);
    const route = routeOf.get(request.routeOptions.url ?? '');
    if (route !== undefined) {
      metrics.answered(route.url, outcome, reason, Math.max(0, clock.now() - startedAtMs) / 1000);
    }
    const fields = { ...facts, event_type: route?.eventType, correlation_id: correlationId, outcome, reason };
    if (outcome === 'failed') logger.error({ ...fields, err }, 'Request failed');
    else if (outcome === 'unavailable') logger.warn({ ...fields, err }, 'Request not taken');
    else if (outcome === 'refused') logger.warn(fields, 'Request refused');
    else logger.info(fields, 'Request answered');
  };

  const answerProblem = (request: FastifyRequest, reply: FastifyReply, thrown: FastifyError): FastifyReply => {
    const reason = reasonOf(thrown);
    const fields = thrown instanceof RequestRefusedError ? thrown.fields : [];
    const problem = requestProblem(reason, contextOf(request).correlationId, fields);
    tell(request, outcomeOf(problem.status), reason, thrown);
    return reply
      .code(problem.status)
      .headers(extraHeaders[reason] ?? {})
      .type(problemMediaType)
      .send(JSON.stringify(problem));
  };

  const identify = async (validator: TokenValidator, authorization: readonly string[]): Promise<Identity> => {
    const caller = await authenticate(validator, authorization);
    if (caller === undefined) throw new RequestRefusedError('token_invalid');
    return caller.identity;
  };

  /** Before the body is read; a place is held as long as Auth is asked, and not while the body comes. */
  const admit = async (request: FastifyRequest): Promise<Shed | undefined> => {
    if (request.method !== 'POST') throw new DeliveryRefusedError('method_not_allowed');
    if (tokens === undefined) throw new RequestRefusedError('auth_not_configured');
    const authorization = valuesOf(request.raw.rawHeaders, 'authorization');
    const place = door.enter(callerKey(tokens, authorization));
    if (isShed(place)) return place;
    try {
      contextOf(request).identity = await identify(tokens, authorization);
    } finally {
      place.leave(false);
    }
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      throw new DeliveryRefusedError('content_encoding_unsupported');
    }
    return undefined;
  };

  const take = async (
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
    identity: Identity,
  ): Promise<Taken> => {
    const { correlationId, facts } = contextOf(request);
    const rawBody = Buffer.isBuffer(request.body) ? request.body : noBody;
    const key = request.headers['idempotency-key'];
    const idempotencyKey = typeof key === 'string' ? key : undefined;
    const signal = untilGone(reply);
    return route.take({ identity, rawBody, idempotencyKey, correlationId, signal }, facts);
  };

  /** What was refused, or was given up by its caller, says nothing of how fast requests are decided. */
  const leave = (place: Place, reply: FastifyReply, thrown?: unknown): void => {
    const isRefused = thrown instanceof RequestRefusedError || thrown instanceof DeliveryRefusedError;
    place.leave(!isRefused && !reply.raw.destroyed);
  };

  const handle = async (route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { identity, correlationId } = contextOf(request);
    if (identity === undefined) throw new RequestRefusedError('token_invalid');
    const place = door.enter(identity.merchantId);
    if (isShed(place)) return sendShed(reply, place, correlationId);
    const taken = await take(route, request, reply, identity).catch((thrown: unknown) => {
      leave(place, reply, thrown);
      throw thrown;
    });
    leave(place, reply);
    tell(request, taken.status === 202 ? 'undecided' : 'decided', null);
    if (taken.status === 202) reply.header('retry-after', retryAfterSeconds.undecided);
    return reply.code(taken.status).send(taken.body);
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request, reply) => {
      const { correlationId } = contextOf(request);
      reply.header('x-correlation-id', correlationId);
      const shed = await admit(request);
      return shed && sendShed(reply, shed, correlationId);
    });
    app.setErrorHandler<FastifyError>((thrown, request, reply) => answerProblem(request, reply, thrown));
    for (const route of routes) {
      app.route({
        ...{ method: app.supportedMethods, url: route.url, exposeHeadRoute: false, bodyLimit: route.bodyLimitBytes },
        handler: (request, reply) => handle(route, request, reply),
      });
    }
  };
};
