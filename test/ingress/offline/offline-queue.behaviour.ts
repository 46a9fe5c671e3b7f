import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { OfflineQueue, WaitingCommand } from '../../../src/ingress/ports.ts';
import { queuedCommand } from './queued-commands.ts';

export interface OfflineQueueWorld {
  /** A new queue; two of them with the same name are two instances' doors to one queue. */
  readonly open: (name: string, options?: { readonly limit?: number }) => Promise<OfflineQueue>;
}

const eventIds = (commands: readonly WaitingCommand[]): readonly string[] => commands.map(({ event_id }) => event_id);

/** What every offline queue does. */
export const offlineQueueBehaviour = (what: string, { open }: OfflineQueueWorld): void => {
  describe(`the offline queue in ${what}`, () => {
    test('keeps commands in the order they were put, with all that publishing them needs', async () => {
      const queue = await open(randomUUID());
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const commands = Array.from({ length: 30 }, (_, number) =>
        queuedCommand({
          ...{ value: Buffer.from([number, 255]), correlation_id: `correlation-${number}` },
          ...(number % 2 === 0 && { traceparent }),
        }),
      );
      const outcomes = await Promise.all(commands.map((command) => queue.put(command, true)));
      expect(new Set(outcomes)).toEqual(new Set(['taken']));
      const found = await queue.first(100);
      expect(found.map(({ arrival: _arrival, createdAt: _createdAt, ...rest }) => rest)).toEqual(
        commands.map(({ merchant_id, event_id, correlation_id, schema_version, value, ...rest }) => ({
          ...{ merchant_id, event_id, correlation_id, schema_version, value, attempts: 0 },
          traceparent: rest.traceparent,
        })),
      );
      expect(found.map(({ arrival }) => arrival)).toEqual(commands.map((_, index) => index + 1));
      expect(eventIds(await queue.first(3))).toEqual(eventIds(found).slice(0, 3));
      const status = await queue.status();
      expect(status).toMatchObject({ waiting: 30, lastArrival: 30, isBlocked: true, oldest: { arrival: 1 } });
    });

    test('does not keep a command twice, be it put at once or later', async () => {
      const queue = await open(randomUUID());
      const command = queuedCommand();
      expect(await Promise.all([queue.put(command, true), queue.put(command, true)])).toEqual(['taken', 'there']);
      expect(await queue.put({ ...command, correlation_id: 'another' }, true)).toBe('there');
      expect(await queue.put({ ...command, merchant_id: randomUUID() }, true)).toBe('taken');
      expect(await queue.status()).toMatchObject({ waiting: 2 });
    });

    test('is full at its limit exactly, knows what waits already all the same, and has room for what was removed', async () => {
      const queue = await open(randomUUID(), { limit: 10 });
      const commands = Array.from({ length: 15 }, () => queuedCommand());
      const outcomes = await Promise.all(commands.map((command) => queue.put(command, true)));
      expect(outcomes).toEqual([...Array<string>(10).fill('taken'), ...Array<string>(5).fill('full')]);
      expect(await queue.put(commands[0]!, true)).toBe('there');
      expect(await queue.status()).toMatchObject({ waiting: 10, limit: 10 });
      expect(await queue.remove(await queue.first(4))).toBe(4);
      expect(await Promise.all(commands.slice(9).map((command) => queue.put(command, true)))).toEqual([
        ...['there', 'taken', 'taken', 'taken', 'taken', 'full'],
      ]);
      expect(eventIds(await queue.first(20))).toEqual(commands.slice(4, 14).map(({ event_id }) => event_id));
    });

    test('removes what was drained once, however often that is told', async () => {
      const queue = await open(randomUUID());
      await Promise.all([1, 2, 3].map(() => queue.put(queuedCommand(), false)));
      const batch = await queue.first(2);
      expect(await queue.remove(batch)).toBe(2);
      expect(await queue.remove(batch)).toBe(0);
      expect(await queue.status()).toMatchObject({ waiting: 1, oldest: { arrival: 3 } });
      expect(await queue.recount()).toBe(0);
    });

    test('counts attempts', async () => {
      const queue = await open(randomUUID());
      await Promise.all([1, 2, 3].map(() => queue.put(queuedCommand(), false)));
      await queue.countAttempt(await queue.first(2));
      await queue.countAttempt(await queue.first(1));
      expect((await queue.first(3)).map(({ attempts }) => attempts)).toEqual([2, 1, 0]);
    });

    test('is blocked by a command that Kafka did not take, not by one that stays behind it, until Kafka takes one', async () => {
      const queue = await open(randomUUID());
      await queue.put(queuedCommand(), false);
      expect((await queue.status()).isBlocked).toBe(false);
      await queue.put(queuedCommand(), true);
      await queue.put(queuedCommand(), false);
      expect((await queue.status()).isBlocked).toBe(true);
      await queue.unblock();
      expect((await queue.status()).isBlocked).toBe(false);
    });

    test('is empty before anything was put', async () => {
      const queue = await open(randomUUID(), { limit: 7 });
      expect(await queue.status()).toEqual({ waiting: 0, limit: 7, lastArrival: 0, oldest: null, isBlocked: false });
      expect(await queue.first(10)).toEqual([]);
      await queue.unblock();
      expect(await queue.hold()).toBe(true);
      await queue.letGo();
    });
  });
};
