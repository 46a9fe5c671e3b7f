import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js';
import { attribute, type Span, type Tracing } from '../common/tracing.ts';
import { asUuid } from './balance-request.ts';

/** Answers that are the server's own fault, by OpenTelemetry's conventions for gRPC. */
const faults: ReadonlySet<status> = new Set([
  ...[status.UNKNOWN, status.DEADLINE_EXCEEDED, status.UNIMPLEMENTED],
  ...[status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS],
]);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const merchantOf = (message: unknown): string | undefined =>
  typeof message === 'object' && message !== null && 'merchant_id' in message
    ? asUuid(textOf(message.merchant_id) ?? '')
    : undefined;

/**
 * A span for each call that has one request and one answer, as a child of the caller's where that sends a traceparent.
 * What the handler does is within it.
 */
export const traceCalls =
  (tracing: Tracing): ServerInterceptor =>
  (method, call) => {
    if (method.requestStream || method.responseStream) return new ServerInterceptingCall(call);
    let span: Span | undefined;
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const parent = textOf(metadata.get('traceparent')[0]);
        const correlationId = textOf(metadata.get('x-correlation-id')[0]);
        const name = method.path.slice(1);
        span = tracing.begin(name, {
          ...{ kind: 'server', attributes: { 'rpc.system': 'grpc', 'rpc.method': name } },
          ...(parent !== undefined && { parent }),
          ...(correlationId !== undefined && { correlationId }),
        });
        next(metadata);
      })
      .withOnReceiveMessage((message, next) => {
        span?.set({ [attribute.merchantId]: merchantOf(message) });
        next(message);
      })
      // Now the handler is called.
      .withOnReceiveHalfClose((next) => {
        if (span === undefined) next();
        else span.run(next);
      })
      .withOnCancel(() => {
        span?.end(status[status.CANCELLED]);
      })
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next(listener);
      },
      sendStatus: (answer, next) => {
        span?.set({ 'rpc.response.status_code': status[answer.code] });
        span?.end(faults.has(answer.code) ? status[answer.code] : undefined);
        next(answer);
      },
    });
  };
