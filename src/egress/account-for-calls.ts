import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import type { Clock } from '../common/clock.ts';
import type { LogFields, Logger } from '../common/logger.ts';
import { correlationIdOf } from '../requests/index.ts';
import { asUuid, usableLocale } from './balance-request.ts';
import type { CallOutcome } from './ports.ts';

export interface AccountForCallsOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Makes the correlation id of a call that brings none. */
  readonly newId: () => string;
  /** A call is answered DEADLINE_EXCEEDED after this long, even if its client would wait longer. Milliseconds. */
  readonly maxCallMs: number;
  /** The same of methods, by their paths, that may take longer. */
  readonly longerCallsMs?: ReadonlyMap<string, number>;
  readonly onCall: (outcome: CallOutcome) => void;
}

const correlationKey = 'x-correlation-id';

/** The caller's correlation id where it is fit for a log line, otherwise a new one; the metadata then holds it. */
function correlate(metadata: Metadata, newId: () => string): string {
  const [value] = metadata.get(correlationKey);
  const id = correlationIdOf(value, newId);
  metadata.set(correlationKey, id);
  return id;
}

/** What a log line may tell of a request: only what has the right shape, as nobody has checked the token yet. */
function fieldsOf(request: unknown): LogFields {
  if (typeof request !== 'object' || request === null) return {};
  const text = (name: string): string => {
    const value: unknown = (request as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    merchant_id: asUuid(text('merchant_id')),
    customer_id: asUuid(text('customer_id')),
    locale: usableLocale(text('locale')),
  };
}

/**
 * Sees every call of one request from its first byte to its status: bounds its time (also for a client that opens a call
 * and never sends its request), gives it a correlation id, and tells how it ended, once. A stream may last once its
 * request is there.
 */
export const accountForCalls =
  ({ logger, clock, newId, maxCallMs, longerCallsMs, onCall }: AccountForCallsOptions): ServerInterceptor =>
  (method, call) => {
    if (method.requestStream) return new ServerInterceptingCall(call);
    const startedMs = performance.now();
    const clientWaitsMs = Number(call.getDeadline()) - clock.now();
    let correlationId = '';
    let fields: LogFields = {};
    let ended = false;
    const end = (code: status): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      const seconds = (performance.now() - startedMs) / 1000;
      onCall({ method: method.path, code: status[code], seconds, streamed: method.responseStream });
      const line = { ...fields, correlation_id: correlationId, method: method.path, code: status[code], seconds };
      logger.debug(line, 'Call answered');
    };
    const timer = setTimeout(() => {
      end(status.DEADLINE_EXCEEDED);
      call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    }, longerCallsMs?.get(method.path) ?? maxCallMs);
    timer.unref();
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        correlationId = correlate(metadata, newId);
        next(metadata);
      })
      .withOnReceiveMessage((message, next) => {
        fields = fieldsOf(message);
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        if (method.responseStream) clearTimeout(timer);
        next();
      })
      .withOnCancel(() => {
        // grpc-js answers a client's own deadline by itself: here it looks like a client that went away.
        const waited = performance.now() - startedMs >= clientWaitsMs;
        end(waited ? status.DEADLINE_EXCEEDED : status.CANCELLED);
      })
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next(listener);
      },
      sendMetadata: (metadata, next) => {
        metadata.set(correlationKey, correlationId);
        next(metadata);
      },
      sendStatus: (answer, next) => {
        end(answer.code);
        next(answer);
      },
    });
  };
