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

/**
 * The same up to a deadline that several calls share.
 * @throws DependencyUnavailableError when that comes first
 */
export const before = async <T>(deadline: AbortSignal, call: Promise<T>): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const expire = (): void => reject(new DependencyUnavailableError('Kafka'));
  deadline.addEventListener('abort', expire, { once: true });
  if (deadline.aborted) expire();
  try {
    return await Promise.race([call, late]);
  } finally {
    deadline.removeEventListener('abort', expire);
  }
};
