import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createKeptOutcomes,
  createOutcomeWaiter,
  type OutcomeWaiter,
  type RedisConnection,
} from '../../../src/adapters/redis/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { type Outcome, outcomeKey } from '../../../src/contracts/index.ts';
import { questionOf } from '../../../src/requests/asked.ts';
import type { ServerHandle } from '../../../src/ops/dev/server.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { outcomeFor, redemptionOf } from '../../support/requests.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let redis: ServerHandle;
let url: string;
beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['redisState'], env: { POINTS_NO_DOCKER: '1' } });
  redis = servers.handles.redisState!;
  url = servers.addresses.redis.state;
});

const start = async (): Promise<{ readonly waiter: OutcomeWaiter; readonly teller: RedisConnection }> => {
  const subscriber = await redisConnection(url, onTestFinished, { resubscribes: false });
  const teller = await redisConnection(url, onTestFinished, { commandTimeoutMs: 5_000 });
  return { waiter: createOutcomeWaiter(subscriber), teller };
};

const newOutcome = (): Outcome => outcomeFor(redemptionOf());

const publish = ({ client }: RedisConnection, outcome: Outcome): Promise<number> =>
  client.publish(outcomeKey(outcome.merchant_id, outcome.event_id), JSON.stringify(outcome));

/** Listens for an outcome; what is heard is in `heard`. */
const listen = (waiter: OutcomeWaiter, { merchant_id, event_id }: Outcome) => {
  const heard: Outcome[] = [];
  return Object.assign(
    waiter.listen(merchant_id, event_id, (outcome) => heard.push(outcome)),
    { heard },
  );
};

describe('those who wait for outcomes', () => {
  test('hear theirs once each, however many wait for it, over one channel and one connection', async () => {
    const { waiter, teller } = await start();
    const [wanted, other] = [newOutcome(), newOutcome()];
    const listeners = Array.from({ length: 64 }, () => listen(waiter, wanted));
    expect(await Promise.all(listeners.map(({ ready }) => ready))).toEqual(listeners.map(() => true));
    expect(waiter.channels).toBe(1);
    expect(await publish(teller, wanted)).toBe(1);
    await publish(teller, other);
    await until('all have heard', () => listeners.every(({ heard }) => heard.length > 0), 5_000);
    expect(listeners.map(({ heard }) => heard)).toEqual(listeners.map(() => [wanted]));
  });

  test('leave nothing behind in Redis when the last of them has gone, and can come back at once', async () => {
    const { waiter, teller } = await start();
    const outcome = newOutcome();
    const key = outcomeKey(outcome.merchant_id, outcome.event_id);
    const subscribers = async () => ((await teller.client.pubsub('NUMSUB', key)) as [string, number])[1];
    const [first, second] = [listen(waiter, outcome), listen(waiter, outcome)];
    await second.ready;
    first.close();
    first.close();
    expect(await subscribers()).toBe(1);
    second.close();
    const third = listen(waiter, outcome);
    expect(await third.ready).toBe(true);
    await publish(teller, outcome);
    await until('it is heard', () => third.heard.length === 1, 5_000);
    expect([first.heard, second.heard]).toEqual([[], []]);
    third.close();
    await until('nobody is subscribed', async () => (await subscribers()) === 0, 5_000);
    expect(waiter.channels).toBe(0);
  });

  test('may be thousands, each on a channel of its own', async () => {
    const { waiter, teller } = await start();
    const outcomes = Array.from({ length: 5_000 }, newOutcome);
    const listeners = outcomes.map((outcome) => listen(waiter, outcome));
    await Promise.all(listeners.map(({ ready }) => ready));
    await Promise.all(outcomes.map((outcome) => publish(teller, outcome)));
    await until('all have heard', () => listeners.every(({ heard }) => heard.length === 1), 10_000);
    for (const { close } of listeners) close();
    expect(waiter.channels).toBe(0);
  });

  test('hear nothing of what is no outcome of their event', async () => {
    const { waiter, teller } = await start();
    const outcome = newOutcome();
    const listener = listen(waiter, outcome);
    await listener.ready;
    const key = outcomeKey(outcome.merchant_id, outcome.event_id);
    for (const text of ['', '{', '[]', '{"points":1}', JSON.stringify({ ...newOutcome() })]) {
      await teller.client.publish(key, text);
    }
    await publish(teller, outcome);
    await until('the right one is heard', () => listener.heard.length > 0, 5_000);
    expect(listener.heard).toEqual([outcome]);
  });

  test('are told that they hear nothing while Redis is away, and hear again when it is back', async () => {
    const { waiter, teller } = await start();
    const [before, during] = [newOutcome(), newOutcome()];
    const early = listen(waiter, before);
    await early.ready;
    redis.kill('SIGKILL');
    await redis.exited;
    await until('it is noticed', () => !early.isLive, 5_000);
    const late = listen(waiter, during);
    const gone = listen(waiter, newOutcome());
    expect(await late.ready).toBe(false);
    gone.close();

    await redis.restart();
    await until('both are subscribed again', () => early.isLive && late.isLive, 10_000);
    await teller.whenReady(10_000);
    expect(await publish(teller, before)).toBe(1);
    expect(await publish(teller, during)).toBe(1);
    await until('both have heard', () => early.heard.length + late.heard.length === 2, 5_000);
    expect(((await teller.client.pubsub('CHANNELS')) as string[]).length).toBe(2);
    for (const { close } of [early, late]) close();
  });
});

describe('kept outcomes', () => {
  test('are read by merchant and event, and are nothing where another thing is kept', async () => {
    const { teller } = await start();
    const kept = createKeptOutcomes(teller);
    const command = redemptionOf();
    const key = outcomeKey(command.merchant_id, command.event_id);
    expect(await kept.find(questionOf(command))).toBeUndefined();
    await teller.client.set(key, JSON.stringify(outcomeFor(command)));
    expect(await kept.find(questionOf(command))).toEqual(outcomeFor(command));
    await teller.client.set(key, 'not ours');
    expect(await kept.find(questionOf(command))).toBeUndefined();
  });

  test('cannot be read while Redis is away', async () => {
    const nowhere = await redisConnection(url, onTestFinished);
    nowhere.client.disconnect();
    await expect(createKeptOutcomes(nowhere).find(questionOf(redemptionOf()))).rejects.toThrow(
      DependencyUnavailableError,
    );
  });
});
