import { describe, expect, onTestFinished, test } from 'vitest';
import { createQueueKeeper } from '../../../src/ingress/offline/queue-keeper.ts';
import { until } from '../../support/until.ts';
import { createBufferingRig } from './buffering-rig.ts';
import { queuedCommand } from './queued-commands.ts';

const createRig = () => {
  const rig = createBufferingRig();
  const keeper = createQueueKeeper({ ...rig, everyMs: 20, turnWithinMs: 100 });
  onTestFinished(() => keeper.stop());
  return { ...rig, keeper };
};

const waitingOf = (event_id: string) => queuedCommand({ event_id, value: Buffer.from(event_id) });

describe('keeping in step with the offline queue', () => {
  test('an outage: what comes is buffered, drained in order when Kafka is back, and then goes to Kafka again', async () => {
    const { keeper, kafka, publish, publisher, queue, metrics } = createRig();
    await keeper.start();
    await publish('a');
    kafka.isAway = true;
    await publish('b');
    await publish('c');
    kafka.isAway = false;
    await publish('d');
    await until('it has turned back', () => !publisher.isBehind, 5_000);
    expect(await publish('e')).toBe('published');
    expect(kafka.log).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await queue.status()).toMatchObject({ waiting: 0, isBlocked: false });
    expect(metrics.counts).toEqual({ buffered: 3, drained: 3 });
  });

  test('it turns back while commands never cease to come, and no two of them change places', async () => {
    const { keeper, kafka, publish, publisher } = createRig();
    await keeper.start();
    kafka.isAway = true;
    await publish('0');
    const acknowledged = ['0'];
    const outcomes: string[] = [];
    const one = async (number: number): Promise<void> => {
      outcomes.push(await publish(String(number)));
      acknowledged.push(String(number));
    };
    const flow = (async () => {
      for (let number = 1; outcomes.at(-1) !== 'published'; number += 1) {
        if (number === 20) kafka.isAway = false;
        await one(number);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await flow;
    expect(publisher.isBehind).toBe(false);
    expect(kafka.log).toEqual(acknowledged);
  });

  test('after a start while others wait it stays behind them until they are drained', async () => {
    const { keeper, kafka, publish, queue, publisher } = createRig();
    await queue.put(waitingOf('a'), true);
    await keeper.start();
    expect(await publish('b')).toBe('buffered');
    await until('it has turned back', () => !publisher.isBehind, 5_000);
    expect(kafka.log).toEqual(['a', 'b']);
  });

  test('it stays behind what another instance could not publish, and turns back when that one has drained it', async () => {
    const { keeper, kafka, publish, queue, publisher } = createRig();
    await keeper.start();
    queue.isHeldByOthers = true;
    await queue.put(waitingOf('a'), true);
    await until('it stays behind', () => publisher.isBehind, 5_000);
    expect(await publish('b')).toBe('buffered');
    kafka.log.push(...(await queue.first(10)).map(({ value }) => value.toString()));
    await queue.remove(await queue.first(10));
    await queue.unblock();
    await until('it has turned back', () => !publisher.isBehind, 5_000);
    expect(await publish('c')).toBe('published');
    expect(kafka.log).toEqual(['a', 'b', 'c']);
  });

  test('another instance’s commands that come after do not keep it from turning back', async () => {
    const { keeper, queue, publisher, publish, kafka } = createRig();
    await queue.put(waitingOf('a'), true);
    await keeper.start();
    await until('it has turned back', () => !publisher.isBehind, 5_000);
    queue.isHeldByOthers = true;
    await queue.put(waitingOf('of another'), false);
    await until('it has looked', async () => (await queue.status()).waiting === 1, 5_000);
    expect(publisher.isBehind).toBe(false);
    expect(await publish('b')).toBe('published');
    expect(kafka.log).toEqual(['a', 'b']);
  });

  test('holds commands no longer than it may where the queue hangs', async () => {
    const { keeper, kafka, publish, queue, publisher } = createRig();
    await keeper.start();
    kafka.isAway = true;
    await publish('a');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const status = queue.status.bind(queue);
    let asked = 0;
    queue.unblock = () => Promise.resolve();
    queue.status = async () => {
      asked += 1;
      // The first is the look, which is answered; what is asked during the turn is not.
      if (asked > 1) await promise;
      return { ...(await status()), isBlocked: false };
    };
    await until('it is asked during the turn', () => asked > 1, 5_000);
    const since = performance.now();
    expect(await publish('b')).toBe('buffered');
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(publisher.isBehind).toBe(true);
    resolve(undefined);
  });

  test('says once that the queue is away, and that it is back', async () => {
    const { keeper, queue, logger } = createRig();
    await keeper.start();
    queue.isAway = true;
    await until('it says so', () => logger.lines.length > 0, 5_000);
    queue.isAway = false;
    await until('it is back', () => logger.lines.length > 1, 5_000);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'The offline queue does not answer',
      'The offline queue is there again',
    ]);
  });

  test('shows the queue each time it looks', async () => {
    const { keeper, queue, metrics } = createRig();
    queue.isHeldByOthers = true;
    await keeper.start();
    expect(metrics.last).toMatchObject({ waiting: 0 });
    await queue.put(waitingOf('a'), true);
    await until('it is seen', () => metrics.last?.waiting === 1, 5_000);
  });
});
