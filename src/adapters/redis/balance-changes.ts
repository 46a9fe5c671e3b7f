import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { BalanceChanges, BalanceListener } from '../../balances/ports.ts';
import { balanceKey, parseBalance } from './cached-balance.ts';
import type { RedisConnection } from './client.ts';

export interface BalanceChangesOptions {
  /** Of its own: a connection that listens is asked for nothing else. */
  readonly connection: RedisConnection;
  readonly logger: Logger;
  /** A connection that died without a word is noticed so soon. Milliseconds, 5,000 by default. */
  readonly pingEveryMs?: number;
}

export interface BalanceChannels extends BalanceChanges {
  close(): void;
}

interface Channel {
  readonly merchantId: string;
  readonly customerId: string;
  readonly listeners: Set<BalanceListener>;
}

/** More names in one command would be one that takes long. */
const perCommand = 500;

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

/**
 * Changes of balances from Redis, a channel for each customer that anybody here listens to. What was published while the
 * connection was away is gone: after each time the channels are joined anew, and their listeners told to read again.
 */
export const createBalanceChanges = (options: BalanceChangesOptions): BalanceChannels => {
  const { connection, logger, pingEveryMs = 5_000 } = options;
  const { client, dependency } = connection;
  const channels = new Map<string, Channel>();
  // Done here, where it is known when it is done, and where a failure has somebody to catch it.
  client.options.autoResubscribe = false;

  const listenersOf = (names: readonly string[]): readonly BalanceListener[] =>
    names.flatMap((name) => [...(channels.get(name)?.listeners ?? [])]);

  const join = async (names: readonly string[]): Promise<void> => {
    try {
      for (const chunk of chunks(names, perCommand)) {
        await client.subscribe(...chunk);
        for (const listener of listenersOf(chunk)) listener.resumed();
      }
    } catch (thrown) {
      const error = toError(thrown);
      // Redis forbids it: who listens reads again now and then, which a new connection would not better.
      if (error.name === 'ReplyError') logger.warn({ dependency, detail: error.message }, 'Redis tells no changes');
      // It is unknown what has been joined. Without a connection there will be another one, and all is joined then.
      else if (client.status === 'ready') client.disconnect(true);
    }
  };

  client.on('ready', () => void join([...channels.keys()]));
  client.on('message', (name: string, text: string) => {
    const channel = channels.get(name);
    const told = parseBalance(text);
    if (channel === undefined || told === undefined) return;
    const { merchantId, customerId } = channel;
    for (const listener of channel.listeners) listener.changed({ merchantId, customerId, ...told });
  });
  // A connection without an answer is dropped after a while (socketTimeout), so it is enough to ask for one.
  const pulse = setInterval(() => {
    if (client.status === 'ready') client.ping().catch(() => undefined);
  }, pingEveryMs);
  pulse.unref();

  return {
    subscribe(merchantId, customerId, listener) {
      const name = balanceKey({ merchantId, customerId });
      const channel = channels.get(name) ?? { merchantId, customerId, listeners: new Set() };
      const isNew = channel.listeners.size === 0;
      channel.listeners.add(listener);
      channels.set(name, channel);
      if (isNew && client.status === 'ready') void join([name]);
      return () => {
        if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
        channels.delete(name);
        // Where it fails, what still comes is for nobody, until the connection is a new one.
        if (client.status === 'ready') client.unsubscribe(name).catch(() => undefined);
      };
    },
    close: () => {
      clearInterval(pulse);
    },
  };
};
