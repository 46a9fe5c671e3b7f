import { DependencyUnavailableError } from '../../common/errors.ts';

/**
 * What a call resolves or rejects with, if that is soon enough. The call itself goes on.
 * @throws DependencyUnavailableError when it takes longer
 */
export const within = async <T>(timeoutMs: number, call: Promise<T>): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new DependencyUnavailableError('Kafka', { facts: { timeout_ms: timeoutMs } })),
    timeoutMs,
  );
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
};
