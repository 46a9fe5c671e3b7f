import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import { kafkajs } from './kafkajs.ts';

/** kafkajs wraps what the broker said in errors about its retries; this is the innermost. */
export function rootCauseOf(thrown: unknown): Error {
  let error = toError(thrown);
  while (error.cause instanceof Error) error = error.cause;
  return error;
}

/** The broker's name for what is wrong, e.g. PRODUCER_FENCED; undefined where it was not the broker that said so. */
export const protocolTypeOf = (thrown: unknown): string | undefined => {
  const cause = rootCauseOf(thrown);
  return cause instanceof kafkajs.KafkaJSProtocolError ? cause.type : undefined;
};

/** Whatever a call on the cluster failed with, as "Kafka is away": the callers here may all call again. */
export const unavailable = (thrown: unknown, facts: Readonly<Record<string, string | number>> = {}): Error =>
  new DependencyUnavailableError('Kafka', { cause: thrown, facts: { ...facts, type: protocolTypeOf(thrown) } });
