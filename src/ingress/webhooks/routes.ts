import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Door, isShed, unknownKey } from '../../admission/index.ts';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { type DeliveryHeaders, readDeliveryHeaders } from './headers.ts';
import type { IngressMetrics } from '../ports.ts';
import { DeliveryRefusedError, type ProblemReason, problemMediaType, problemOf } from '../problem.ts';
import { sendShed } from '../shed.ts';
import { createReceiver, type DeliveryFacts, type Receipt, type ReceiverDeps } from './receive.ts';
import { type WebhookTopic, webhookTopics } from './topics.ts';

export interface WebhookDeps extends ReceiverDeps {
  readonly door: Door;
  readonly metrics: IngressMetrics;
  readonly logger: Logger;
  /** Makes correlation ids for requests that bring none. */
  readonly newId: () => string;
}

/** What is known about a request from its first hook on. */
interface RequestContext {
  readonly startedAtMs: number;
  readonly headers: DeliveryHeaders;
  readonly correlationId: string;
  readonly facts: DeliveryFacts;
}

type Outcome = Receipt['status'] | 'refused' | 'unavailable' | 'failed';

/** When a delivery should be sent again that could not be taken. */
const retryAfterSeconds = '5';
const noBody = Buffer.alloc(0);

const reasonOfFrameworkError = ({ code, statusCode }: FastifyError): ProblemReason => {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'body_too_large';
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'content_type_malformed';
  return statusCode !== undefined && statusCode < 500 ? 'request_malformed' : 'internal_error';
};

const outcomeOf = (status: number): Outcome => {
  if (status === 503) return 'unavailable';
  return status < 500 ? 'refused' : 'failed';
};

const problemReason = (thrown: FastifyError): ProblemReason => {
  if (thrown instanceof DeliveryRefusedError) return thrown.reason;
  return thrown instanceof DependencyUnavailableError ? 'dependency_unavailable' : reasonOfFrameworkError(thrown);
};

const extraHeaders: Readonly<Partial<Record<ProblemReason, Readonly<Record<string, string>>>>> = {
  method_not_allowed: { allow: 'POST' },
  unauthorized: { 'www-authenticate': 'Shopify-Hmac-Sha256' },
  dependency_unavailable: { 'retry-after': retryAfterSeconds },
};

const pathOf = ({ name }: WebhookTopic): string => `/${name}`;

const eventTypes = new Map(webhookTopics.map((topic) => [pathOf(topic), topic.eventType]));

/**
 * `POST` at the path of every webhook topic, as a Fastify plugin. Answers 200 only once the command is stored, or needs no storing; every
 * other answer is an RFC 9457 problem. Each delivery makes one log line and one observation.
 */
export const webhookRoutes = (deps: WebhookDeps): FastifyPluginAsync => {
  const receive = createReceiver(deps);
  const contexts = new WeakMap<FastifyRequest, RequestContext>();

  const contextOf = (request: FastifyRequest): RequestContext => {
    const known = contexts.get(request);
    if (known !== undefined) return known;
    const headers = readDeliveryHeaders(request.headers);
    const correlationId = headers.correlationId ?? deps.newId();
    const context = { startedAtMs: deps.clock.now(), headers, correlationId, facts: {} };
    contexts.set(request, context);
    return context;
  };

  const tell = (request: FastifyRequest, outcome: Outcome, reason: string | null, err?: unknown): void => {
    const { startedAtMs, correlationId, facts } = contextOf(request);
    deps.metrics.answered(outcome, reason, Math.max(0, deps.clock.now() - startedAtMs) / 1000);
    const event_type = eventTypes.get(request.routeOptions.url ?? '');
    const fields = { ...facts, event_type, correlation_id: correlationId, outcome, reason };
    if (outcome === 'failed') deps.logger.error({ ...fields, err }, 'Delivery failed');
    else if (outcome === 'refused') deps.logger.warn(fields, 'Delivery refused');
    else if (outcome === 'unavailable') deps.logger.warn({ ...fields, err }, 'Delivery not taken');
    else deps.logger.info(fields, 'Delivery taken');
  };

  const answerProblem = (
    request: FastifyRequest,
    reply: FastifyReply,
    reason: ProblemReason,
    err?: unknown,
  ): FastifyReply => {
    const problem = problemOf(reason, contextOf(request).correlationId);
    tell(request, outcomeOf(problem.status), reason, err);
    return reply
      .code(problem.status)
      .headers(extraHeaders[reason] ?? {})
      .type(problemMediaType)
      .send(JSON.stringify(problem));
  };

  /**
   * The shop is only claimed as long as nothing is verified. Naming another's takes nothing from it: a place is held from
   * the whole body on, and one that is not signed is refused, without any wait, before it is noticed.
   */
  const keyOf = ({ shopDomain }: DeliveryHeaders): string =>
    shopDomain !== null && deps.shops.knows(shopDomain) ? shopDomain : unknownKey;

  const takeDelivery = async (topic: WebhookTopic, request: FastifyRequest): Promise<Receipt> => {
    const { headers, correlationId, facts } = contextOf(request);
    const rawBody = Buffer.isBuffer(request.body) ? request.body : noBody;
    const receipt = await receive({ topic, headers, rawBody, correlationId }, facts);
    tell(request, receipt.status, receipt.status === 'ignored' ? receipt.reason : null);
    return receipt;
  };

  return async (app) => {
    // The bytes that were signed, whatever they are said to be: the content type is not signed.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-correlation-id', contextOf(request).correlationId);
      if (request.method !== 'POST') return answerProblem(request, reply, 'method_not_allowed');
      const { headers, correlationId } = contextOf(request);
      const shed = deps.door.look(keyOf(headers));
      return shed && sendShed(reply, shed, correlationId);
    });
    app.setErrorHandler<FastifyError>((thrown, request, reply) =>
      answerProblem(request, reply, problemReason(thrown), thrown),
    );
    for (const topic of webhookTopics) {
      app.route({
        method: app.supportedMethods,
        url: pathOf(topic),
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const { headers, correlationId } = contextOf(request);
          const place = deps.door.enter(keyOf(headers));
          if (isShed(place)) return sendShed(reply, place, correlationId);
          // What is refused is refused at once, and says nothing of how fast deliveries are taken.
          let isTypical = true;
          try {
            return await takeDelivery(topic, request);
          } catch (thrown) {
            isTypical = !(thrown instanceof DeliveryRefusedError);
            throw thrown;
          } finally {
            place.leave(isTypical);
          }
        },
      });
    }
  };
};
