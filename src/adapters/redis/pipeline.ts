import type { ChainableCommander } from 'ioredis';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { type RedisConnection, redisFailure } from './client.ts';

/** What one command of a pipeline was answered. */
export interface PipelineReply {
  readonly error: Error | null;
  readonly value: unknown;
}

/**
 * Sends the commands in one round trip; each is answered for itself.
 * @throws DependencyUnavailableError when the pipeline as a whole has no answer
 */
export const sendPipeline = async (
  connection: RedisConnection,
  fill: (pipeline: ChainableCommander) => void,
): Promise<readonly PipelineReply[]> => {
  const pipeline = connection.client.pipeline();
  fill(pipeline);
  try {
    const replies = await pipeline.exec();
    return (replies ?? []).map(([error, value]) => ({ error, value }));
  } catch (error) {
    throw redisFailure(connection, error);
  }
};

/** @throws DependencyUnavailableError for the first command that failed */
export const assertAllDone = (connection: RedisConnection, replies: readonly PipelineReply[]): void => {
  const failed = replies.filter(({ error }) => error !== null);
  const first = failed[0]?.error;
  if (!first) return;
  const facts = { detail: first.message, failed: failed.length, commands: replies.length };
  throw new DependencyUnavailableError(connection.dependency, { facts });
};
