import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createBufferedPublisher } from '../../../src/ingress/offline/buffered-publisher.ts';
import { createBufferingRig } from './buffering-rig.ts';
import { orderCommand } from './queued-commands.ts';

const unavailable = { code: 'DEPENDENCY_UNAVAILABLE' };
const drained = async () => true;

describe('publishing while Kafka takes commands', () => {
  test('goes to Kafka and not into the queue', async () => {
    const { publish, kafka, waiting, publisher, metrics } = createBufferingRig();
    expect(await publish('a')).toBe('published');
    expect(kafka.log).toEqual(['a']);
    expect(waiting()).toEqual([]);
    expect(publisher.isBehind).toBe(false);
    expect(metrics.counts).toEqual({});
  });
});

describe('publishing while Kafka takes none', () => {
  test('buffers the command with all that is known of it, and counts it', async () => {
    const rig = createBufferingRig();
    rig.kafka.isAway = true;
    const eventId = randomUUID();
    expect(await rig.publish(eventId, { correlation_id: 'c-7' })).toBe('buffered');
    expect(rig.queue.waiting()).toMatchObject([
      { event_id: eventId, correlation_id: 'c-7', value: Buffer.from(eventId) },
    ]);
    expect(await rig.queue.status()).toMatchObject({ isBlocked: true, waiting: 1 });
    expect(rig.metrics.counts).toEqual({ buffered: 1 });
    expect(rig.publisher.isBehind).toBe(true);
    expect(rig.blocked).toHaveLength(1);
  });

  test('keeps the trace that a command is on with it, until Kafka has both', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const rig = createBufferingRig({}, () => traceparent);
    rig.kafka.isAway = true;
    await rig.publish('a');
    expect(rig.queue.waiting()).toMatchObject([{ traceparent }]);
    rig.kafka.isAway = false;
    await rig.drainer.drain();
    expect(rig.kafka.traces).toEqual([traceparent]);
  });

  test('lets nothing overtake what waits, though Kafka is back', async () => {
    const { publish, kafka, waiting, blocked } = createBufferingRig();
    kafka.isAway = true;
    await publish('a');
    kafka.isAway = false;
    expect(await publish('b')).toBe('buffered');
    expect(kafka.log).toEqual([]);
    expect(waiting()).toEqual(['a', 'b']);
    expect(blocked).toHaveLength(1);
  });

  test('buffers what Kafka may have taken: its repeat is absorbed downstream', async () => {
    const { publish, kafka, waiting } = createBufferingRig();
    kafka.isSilent = true;
    expect(await publish('a')).toBe('buffered');
    expect(kafka.log).toEqual(['a']);
    expect(waiting()).toEqual(['a']);
  });

  test('refuses what finds no room, counts it, and goes on staying behind', async () => {
    const { publish, kafka, queue, metrics, publisher } = createBufferingRig();
    kafka.isAway = true;
    queue.limit = 1;
    await publish('a');
    await expect(publish('b')).rejects.toMatchObject({ ...unavailable, facts: { queue: 'refused_full' } });
    expect(metrics.counts).toEqual({ buffered: 1, refused_full: 1 });
    expect(publisher.isBehind).toBe(true);
  });

  test('refuses what moves no points or is of a merchant that nobody knows, and says which', async () => {
    const { publish, kafka, waiting, metrics, logger } = createBufferingRig();
    kafka.isAway = true;
    const small = { order_id: '1', amount_minor: 9, currency: 'USD', financial_status: null, source_name: null };
    const refused = { ...unavailable, facts: { queue: 'refused_no_estimate' } };
    await expect(publish('a', { command: { 'points.OrderCreated': small } })).rejects.toMatchObject(refused);
    await expect(publish('b', { merchant_id: randomUUID() })).rejects.toMatchObject(refused);
    expect(waiting()).toEqual([]);
    expect(metrics.counts).toEqual({ refused_no_estimate: 2 });
    expect(logger.lines.map(({ fields }) => fields['event_id'])).toEqual(['a', 'b']);
  });

  test('refuses where the queue is away too, and asks Kafka again for the next: nobody waits that it could overtake', async () => {
    const { publish, kafka, queue, publisher } = createBufferingRig();
    kafka.isAway = true;
    queue.isAway = true;
    await expect(publish('a')).rejects.toMatchObject(unavailable);
    expect(publisher.isBehind).toBe(false);
    kafka.isAway = false;
    expect(await publish('b')).toBe('published');
  });

  test('refuses where the queue goes away while others wait in it', async () => {
    const { publish, kafka, queue } = createBufferingRig();
    kafka.isAway = true;
    await publish('a');
    queue.isAway = true;
    kafka.isAway = false;
    await expect(publish('b')).rejects.toMatchObject(unavailable);
    expect(kafka.log).toEqual([]);
  });

  test('rejects with what the encoder throws, buffering nothing', async () => {
    const { kafka, queue, metrics, logger } = createBufferingRig();
    kafka.isAway = true;
    const fault = new TypeError('does not fit the schema');
    const publisher = createBufferedPublisher({
      ...{ sender: kafka, queue, metrics, logger, merchantOf: async () => undefined },
      encode: () => {
        throw fault;
      },
    });
    await expect(publisher.publish(orderCommand(randomUUID()))).rejects.toBe(fault);
    expect(queue.waiting()).toEqual([]);
  });
});

describe('the turn back to Kafka', () => {
  const behind = async () => {
    const rig = createBufferingRig();
    rig.kafka.isAway = true;
    await rig.publish('a');
    rig.kafka.isAway = false;
    return rig;
  };

  test('holds what comes until the queue is drained, and then sends it to Kafka', async () => {
    const { publisher, publish, kafka, drainer } = await behind();
    let held: Promise<unknown> = Promise.resolve();
    const turned = await publisher.turnBack(async () => {
      held = Promise.all([publish('b'), publish('c')]);
      await drainer.drain();
      expect(kafka.log).toEqual(['a']);
      return true;
    });
    expect(turned).toBe(true);
    expect(await held).toEqual(['published', 'published']);
    expect(kafka.log).toEqual(['a', 'b', 'c']);
  });

  test('puts what was held behind the others where the queue is not drained', async () => {
    const { publisher, publish, kafka, waiting } = await behind();
    let held: Promise<unknown> = Promise.resolve();
    const turned = await publisher.turnBack(async () => {
      held = publish('b');
      return false;
    });
    expect(turned).toBe(false);
    expect(await held).toBe('buffered');
    expect(waiting()).toEqual(['a', 'b']);
    expect(kafka.log).toEqual([]);
  });

  test('waits for what is on its way into the queue before it asks', async () => {
    const { publisher, publish, queue, waiting } = await behind();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    queue.putting = promise;
    const slow = publish('b');
    let seen: readonly string[] = [];
    const turning = publisher.turnBack(async () => {
      seen = waiting();
      return false;
    });
    resolve(undefined);
    await Promise.all([slow, turning]);
    expect(seen).toEqual(['a', 'b']);
  });

  test('does not happen where Kafka gives a command up meanwhile that it was sent before', async () => {
    const { publisher, publish, kafka, waiting } = createBufferingRig();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    kafka.slow = promise;
    const underWay = publish('a');
    publisher.stayBehind();
    kafka.isAway = true;
    const turned = await publisher.turnBack(async () => {
      resolve(undefined);
      await underWay;
      return true;
    });
    expect(turned).toBe(false);
    kafka.isAway = false;
    expect(await publish('b')).toBe('buffered');
    expect(waiting()).toEqual(['a', 'b']);
  });

  test('lets commands through again where asking fails', async () => {
    const { publisher, publish } = await behind();
    const fault = new RangeError('inner workings');
    await expect(
      publisher.turnBack(async () => {
        throw fault;
      }),
    ).rejects.toBe(fault);
    expect(await publish('b')).toBe('buffered');
    expect(await publisher.turnBack(drained)).toBe(true);
  });
});
