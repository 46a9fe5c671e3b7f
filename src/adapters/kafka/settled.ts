/**
 * Waits for all of them, also where one fails early: what it leaves behind would still be sending.
 * @throws AggregateError of what they rejected with
 */
export async function settled<T extends readonly Promise<unknown>[] | []>(
  calls: T,
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  const outcomes = await Promise.allSettled(calls);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [] : reasonsOf(outcome.reason)));
  if (reasons.length > 0) throw new AggregateError(reasons);
  // None has failed, so this does not wait.
  return Promise.all(calls);
}

/** What a call rejected with, or each of the calls that it waited for in this way. */
export const reasonsOf = (thrown: unknown): readonly unknown[] =>
  thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown];
