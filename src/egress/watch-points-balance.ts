import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { BalanceWatcher } from '../balances/index.ts';
import type { Clock } from '../common/clock.ts';
import type { WatchPointsBalanceRequest, WatchPointsBalanceResponse } from '../contracts/grpc/index.ts';
import { admitReader } from './admit-reader.ts';
import { mayReadBalance } from './authorize.ts';
import { followToken } from './follow-token.ts';
import type { DescribeBalance, RememberingTokenValidator } from './ports.ts';
import type { StreamLimits } from './stream-limits.ts';

export interface WatchPointsBalanceDeps {
  readonly tokens: RememberingTokenValidator;
  readonly watcher: BalanceWatcher;
  readonly describeBalance: DescribeBalance;
  readonly clock: Clock;
  /** How often the token of an open stream is looked at. Milliseconds, 5,000 by default. */
  readonly tokenEveryMs?: number;
}

type WatchCall = ServerWritableStream<WatchPointsBalanceRequest, WatchPointsBalanceResponse>;

/** Resolves when the message is on its way, so that a client that reads slowly is told less, not later. */
const write = (call: WatchCall, message: WatchPointsBalanceResponse): Promise<null> =>
  new Promise((resolve) => {
    call.write(message, () => {
      resolve(null);
    });
  });

/**
 * Streams a balance and its changes until the call is over. Resolves when the caller hung up or the server shuts down.
 *
 * @param left aborts when the call is over
 * @throws CallRefusedError with the status to end with, also when the token ends
 * @throws DependencyUnavailableError when Auth, at any time, or the stores, at the start, are away
 */
export const watchPointsBalance =
  ({ tokens, watcher, describeBalance, clock, tokenEveryMs = 5_000 }: WatchPointsBalanceDeps, limits: StreamLimits) =>
  async (call: WatchCall, left: AbortSignal): Promise<void> => {
    const reader = await admitReader(tokens, call.metadata, call.request);
    const { merchantId, customerId, locale, token, identity } = reader;
    const leave = limits.enter(token);
    const tokenEnded = new AbortController();
    const over = AbortSignal.any([left, tokenEnded.signal]);
    const { promise: ended, resolve } = Promise.withResolvers<null>();
    over.addEventListener('abort', () => {
      resolve(null);
    });
    const follower = followToken({
      ...{ tokens, clock, token, identity, everyMs: tokenEveryMs },
      permits: (now) => mayReadBalance(now, merchantId, customerId),
      onEnd: (reason) => {
        tokenEnded.abort(reason);
      },
    });
    try {
      // A stream's headers do not go by themselves, and the correlation id is in them.
      call.sendMetadata(new Metadata());
      for await (const { balance, sequence } of watcher.watch(merchantId, customerId, over)) {
        const description = await describeBalance(locale, merchantId, balance);
        await follower.certain();
        if (over.aborted) break;
        await Promise.race([write(call, { balance, description, sequence }), ended]);
      }
      tokenEnded.signal.throwIfAborted();
    } finally {
      follower.stop();
      leave();
    }
  };
