import { toError } from '../../../common/errors.ts';
import type { RateLimit } from './batch-tokens.ts';

/** A key's limit, null where it has none; an error where it cannot be had now. */
export type LimitOf = (key: string) => RateLimit | null | Promise<RateLimit | null>;

/** The limits of many keys, all asked for at once. */
export async function limitsOf(
  limitOf: LimitOf,
  keys: readonly string[],
): Promise<ReadonlyMap<string, RateLimit | null | Error>> {
  const answers = await Promise.allSettled(keys.map(async (key) => await limitOf(key)));
  return new Map(
    keys.map((key, index) => {
      const answer = answers[index];
      return [key, answer?.status === 'fulfilled' ? answer.value : toError(answer?.reason)];
    }),
  );
}
