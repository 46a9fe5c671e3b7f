import type { TokenBuckets, TokenRequest } from '../../streams/index.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone } from './pipeline.ts';
import { loadScript, runScript } from './script.ts';

const takeTokens = loadScript(new URL('./take-tokens.lua', import.meta.url));

/** Tells operators and other services where the merchant stands; `take-tokens.lua` says what it holds. */
const bucketKey = (merchantId: string): string => `rate_limit:${merchantId}:points`;

const timeToLiveSeconds = 60;

/** A bucket that is gone counts as full, so it may not go before it is. */
const timeToLive = ({ ratePerSecond, burst }: TokenRequest): number =>
  Math.max(timeToLiveSeconds, Math.ceil(burst / ratePerSecond));

const callOf = (request: TokenRequest) => ({
  key: bucketKey(request.key),
  args: [request.wanted, request.ratePerSecond, request.burst, timeToLive(request)],
});

/**
 * Merchants' token buckets in Redis, which all instances share; a request's key is the merchant's id.
 *
 * All of a micro-batch go in one pipeline, a script call each: one call over many keys would be refused where the keys lie
 * in several slots of a cluster, would hold up everyone else for as long as it takes, and would fail all for one.
 *
 * Time is the server's, not the caller's. Merchants move between instances whose clocks differ, an old owner that is not
 * fenced yet may still ask, and one clock that jumps would fill, or hold up, buckets that others rely on. A late call, sent
 * before its sender froze, then counts as of when it is run.
 *
 * `take` rejects with DependencyUnavailableError when one of the keys was not answered; what others were granted is lost.
 */
export const createTokenBuckets = (connection: RedisConnection): TokenBuckets => ({
  async take(requests) {
    if (requests.length === 0) return [];
    const replies = await runScript(connection, takeTokens, requests.map(callOf));
    assertAllDone(connection, replies);
    return replies.map(({ value }) => Number(value));
  },
});
