/**
 * Waits for work, but no longer than this: what hangs on a broker that is away must not keep an instance from joining its
 * group again, or from ending. The work itself goes on.
 * @param ms milliseconds
 * @throws what the work rejects with in time; what it rejects with later concerns nobody
 */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
