import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../support/until.ts';
import { createBufferingRig } from './buffering-rig.ts';
import { queuedCommand } from './queued-commands.ts';

const hourMs = 60 * 60 * 1_000;

/** A queue in which these wait. */
const rigWith = async (eventIds: readonly string[], options: Parameters<typeof createBufferingRig>[0] = {}) => {
  const rig = createBufferingRig(options);
  onTestFinished(() => rig.drainer.stop());
  for (const event_id of eventIds) await rig.queue.put(queuedCommand({ event_id, value: Buffer.from(event_id) }), true);
  return rig;
};

describe('draining the offline queue', () => {
  test('sends what waits in the order it came, batch by batch, removes it, counts it, and unblocks the queue', async () => {
    const eventIds = Array.from({ length: 10 }, (_, number) => `event-${number}`);
    const { drainer, kafka, queue, metrics } = await rigWith(eventIds, { batchSize: 4 });
    await drainer.drain();
    expect(kafka.log).toEqual(eventIds);
    expect(await queue.status()).toMatchObject({ waiting: 0, isBlocked: false });
    expect(metrics.counts).toEqual({ drained: 10 });
  });

  test('sends what comes meanwhile too', async () => {
    const { drainer, kafka, queue } = await rigWith(['a']);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    kafka.slow = promise;
    const draining = drainer.drain();
    await queue.put(queuedCommand({ event_id: 'b', value: Buffer.from('b') }), false);
    resolve(undefined);
    await draining;
    expect(kafka.log).toEqual(['a', 'b']);
  });

  test('tries again until Kafka takes it, counts the attempts, and says so in a handful of lines', async () => {
    const { drainer, kafka, queue, logger } = await rigWith(['a', 'b']);
    kafka.isAway = true;
    const draining = drainer.drain();
    expect(drainer.drain()).toBe(draining);
    await until('it was tried five times', () => (queue.waiting()[0]?.attempts ?? 0) >= 5, 5_000);
    expect((await queue.status()).isBlocked).toBe(true);
    kafka.isAway = false;
    await draining;
    expect(kafka.log).toEqual(['a', 'b']);
    const failures = logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['failures']);
    expect(failures.slice(0, 3)).toEqual([1, 2, 4]);
  });

  test('sends a batch again whose answer was lost, and loses none', async () => {
    const { drainer, kafka, queue } = await rigWith(['a', 'b']);
    kafka.isSilent = true;
    const draining = drainer.drain();
    await until('it was sent twice', () => kafka.log.length >= 4, 5_000);
    kafka.isSilent = false;
    await draining;
    expect(new Set(kafka.log)).toEqual(new Set(['a', 'b']));
    expect(queue.waiting()).toEqual([]);
  });

  test('sends a batch again that it could not remove, and counts it once', async () => {
    const { drainer, kafka, queue, metrics } = await rigWith(['a']);
    const remove = queue.remove.bind(queue);
    let failures = 1;
    queue.remove = async (commands) => {
      queue.isAway = failures-- > 0;
      return remove(commands);
    };
    await drainer.drain();
    queue.isAway = false;
    await drainer.drain();
    expect(kafka.log).toEqual(['a', 'a']);
    expect(metrics.counts).toEqual({ drained: 1 });
  });

  test('leaves it to another instance that does it already', async () => {
    const { drainer, kafka, queue } = await rigWith(['a']);
    queue.isHeldByOthers = true;
    await drainer.drain();
    expect(kafka.log).toEqual([]);
    queue.isHeldByOthers = false;
    await drainer.drain();
    expect(kafka.log).toEqual(['a']);
  });

  test('ends where the queue is away', async () => {
    const { drainer, queue, logger } = await rigWith(['a']);
    queue.isAway = true;
    await drainer.drain();
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { code: 'DEPENDENCY_UNAVAILABLE' } }]);
  });

  test('stops at once in a pause, leaving what waits where it is', async () => {
    const { drainer, kafka, queue } = await rigWith(['a'], { firstPauseMs: 60_000, longestPauseMs: 60_000 });
    kafka.isAway = true;
    const draining = drainer.drain();
    await until('it was tried', () => queue.waiting()[0]?.attempts === 1, 5_000);
    await drainer.stop();
    await draining;
    kafka.isAway = false;
    await drainer.drain();
    expect(kafka.log).toEqual([]);
    expect(queue.waiting()).toHaveLength(1);
  });
});

describe('what waits too long', () => {
  test('is sent all the same where Kafka takes it', async () => {
    const { drainer, kafka, queue, metrics } = await rigWith(['old']);
    queue.nowMs += 23.9 * hourMs;
    await drainer.drain();
    expect(kafka.log).toEqual(['old']);
    expect(metrics.counts).toEqual({ drained: 1 });
  });

  test('is given up where Kafka does not: counted, and each named in an error', async () => {
    const { drainer, kafka, queue, metrics, logger } = await rigWith(['old', 'older']);
    queue.nowMs += 23 * hourMs;
    const young = queuedCommand({ event_id: 'young', value: Buffer.from('young') });
    await queue.put(young, true);
    queue.nowMs += 0.6 * hourMs;
    kafka.isAway = true;
    const draining = drainer.drain();
    await until('the old ones are gone', () => queue.waiting().length === 1, 5_000);
    kafka.isAway = false;
    await draining;
    expect(kafka.log).toEqual(['young']);
    expect(metrics.counts).toEqual({ expired: 2, drained: 1 });
    const errors = logger.lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ fields }) => fields['event_id'])).toEqual(['old', 'older']);
    expect(errors[0]?.fields).toMatchObject({ merchant_id: expect.any(String), correlation_id: 'correlation-1' });
  });

  test('and was removed by the store itself while no instance ran, is counted and told', async () => {
    const { drainer, queue, metrics, logger } = await rigWith(['a', 'b', 'c']);
    queue.vanish('a');
    queue.vanish('b');
    await drainer.recount();
    expect(metrics.counts).toEqual({ expired: 2 });
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { commands: 2 } }]);
    expect(await queue.status()).toMatchObject({ waiting: 1 });
  });
});
