import { type Outcome, outcomeKey } from '../../contracts/index.ts';
import type { OutcomeChannel } from '../../requests/ports.ts';
import type { RedisConnection } from './client.ts';
import { parseOutcome } from './outcome-text.ts';

/** One channel in Redis, for all who wait for the same outcome. */
interface Subscribed {
  readonly listeners: Set<(outcome: Outcome) => void>;
  readonly parse: (text: string) => Outcome | undefined;
  /** Under way, or done with what it resolved with; undefined before the first and after a loss of the connection. */
  attempt: Promise<boolean> | undefined;
  isLive: boolean;
}

export interface OutcomeWaiter extends OutcomeChannel {
  /** Channels that somebody waits on now. */
  readonly channels: number;
}

/** More at once would be a command that takes long, and those are given up. */
const perCommand = 1_000;

const inParts = (names: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(names.length / perCommand) }, (_, part) =>
    names.slice(part * perCommand, (part + 1) * perCommand),
  );

/**
 * Hears of outcomes over one connection for the whole process, which is used for nothing else: it has to be made with
 * `resubscribes: false`. A channel is subscribed to for its first listener and left after its last; after a reconnect all
 * that are waited on are subscribed to again.
 */
export const createOutcomeWaiter = ({ client }: RedisConnection): OutcomeWaiter => {
  const channels = new Map<string, Subscribed>();

  /** Resolves with whether Redis has confirmed; what was lost meanwhile counts as not confirmed. */
  const subscribe = (names: readonly string[]): Promise<boolean> => {
    const confirmed = client.subscribe(...names).then(
      () => true,
      () => false,
    );
    for (const name of names) {
      const channel = channels.get(name);
      if (channel === undefined) continue;
      const attempt = confirmed.then((done) => {
        if (channel.attempt !== attempt) return channel.isLive;
        channel.isLive = done;
        // Whoever comes next tries again.
        if (!done) channel.attempt = undefined;
        return done;
      });
      channel.attempt = attempt;
    }
    return confirmed;
  };

  client.on('message', (name: string, text: string) => {
    const channel = channels.get(name);
    const outcome = channel?.parse(text);
    if (channel === undefined || outcome === undefined) return;
    // Each takes itself off the list when it has what it wants.
    for (const heard of Array.from(channel.listeners)) heard(outcome);
  });
  client.on('close', () => {
    for (const channel of channels.values()) {
      channel.isLive = false;
      channel.attempt = undefined;
    }
  });
  client.on('ready', () => {
    for (const names of inParts([...channels.keys()])) void subscribe(names);
  });

  const leave = (name: string): void => {
    channels.delete(name);
    // Where it does not get there, the connection is lost, and its subscriptions with it.
    client.unsubscribe(name).catch(() => undefined);
  };

  return {
    listen: (merchantId, eventId, heard) => {
      const name = outcomeKey(merchantId, eventId);
      const parse = (text: string): Outcome | undefined => parseOutcome(text, merchantId, eventId);
      const channel = channels.get(name) ?? { listeners: new Set(), parse, attempt: undefined, isLive: false };
      channels.set(name, channel);
      // One caller may listen twice.
      const listener = (outcome: Outcome): void => {
        heard(outcome);
      };
      channel.listeners.add(listener);
      if (channel.attempt === undefined) void subscribe([name]);
      return {
        ready: channel.attempt ?? Promise.resolve(false),
        get isLive() {
          return channel.isLive;
        },
        close: () => {
          if (channel.listeners.delete(listener) && channel.listeners.size === 0) leave(name);
        },
      };
    },
    get channels() {
      return channels.size;
    },
  };
};
