import { randomUUID } from 'node:crypto';
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createBalanceCache,
  createBalanceChanges,
  createRedis,
  type RedisConnection,
} from '../../../src/adapters/redis/index.ts';
import { type LogFields, silentLogger } from '../../../src/common/logger.ts';
import type { ServerHandle } from '../../../src/ops/dev/server.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { tcpDoor } from '../../support/tcp-door.ts';
import { until } from '../../support/until.ts';

let redis: ServerHandle;
let url: string;
let writer: RedisConnection;

beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['redisCache'] });
  redis = servers.handles.redisCache!;
  url = servers.addresses.redis.cache;
  writer = await redisConnection(url, afterAll);
});

const account = () => ({ merchantId: randomUUID() as string, customerId: randomUUID() as string });
const put = (of: ReturnType<typeof account>, sequence: number) =>
  createBalanceCache({ connection: writer }).putIfNewer([{ ...of, balance: sequence * 10, sequence }]);

/** What hears the changes of balances over a connection of its own, or one that leads elsewhere. */
const createRig = (address = url) => {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: LogFields, message: string) => void warnings.push(message) };
  const connection = createRedis({ url: address, name: 'changes', logger: silentLogger });
  onTestFinished(() => connection.close());
  const changes = createBalanceChanges({ connection, logger, pingEveryMs: 200 });
  onTestFinished(() => changes.close());
  const listen = (to: ReturnType<typeof account>) => {
    const heard: number[] = [];
    let resumed = 0;
    const stop = changes.subscribe(to.merchantId, to.customerId, {
      changed: ({ sequence, balance, merchantId, customerId }) => {
        expect({ balance, merchantId, customerId }).toEqual({ ...to, balance: sequence * 10 });
        heard.push(sequence);
      },
      resumed: () => {
        resumed += 1;
      },
    });
    const isResumed = (times: number) => until('it listens', () => resumed >= times, 10_000);
    return { heard, stop, isResumed, resumed: () => resumed };
  };
  return { connection, listen, warnings };
};

const channelOf = ({ merchantId, customerId }: ReturnType<typeof account>) =>
  `cache:${merchantId}:${customerId}:points`;
const subscribers = async (of: ReturnType<typeof account>) =>
  Number((await writer.client.pubsub('NUMSUB', channelOf(of)))[1]);

describe('changes of balances', () => {
  test('are told to everybody who listens to that customer, when they are kept', async () => {
    const [jane, joe] = [account(), account()];
    const { listen } = createRig();
    const other = createRig();
    const [first, second, third, elsewhere] = [listen(jane), listen(jane), listen(joe), other.listen(jane)];
    for (const one of [first, third, elsewhere]) await one.isResumed(1);
    for (const sequence of [1, 2, 2, 1, 5, 4, 6]) await put(jane, sequence);
    for (const one of [first, second, elsewhere]) {
      await until('all have come', () => one.heard.length === 4, 5_000);
      expect(one.heard).toEqual([1, 2, 5, 6]);
    }
    expect(third.heard).toEqual([]);
  });

  test('are told no more to who has stopped, and Redis tells nobody when all have', async () => {
    const jane = account();
    const { listen } = createRig();
    const [first, second] = [listen(jane), listen(jane)];
    await first.isResumed(1);
    first.stop();
    first.stop();
    await put(jane, 1);
    await until('the other hears it', () => second.heard.length === 1, 5_000);
    expect(first.heard).toEqual([]);
    expect(await subscribers(jane)).toBe(1);
    second.stop();
    await until('nobody listens', async () => (await subscribers(jane)) === 0, 5_000);
    const again = listen(jane);
    await again.isResumed(1);
    await put(jane, 2);
    await until('it is heard', () => again.heard.length === 1, 5_000);
  });

  test('are passed over when they cannot be read', async () => {
    const jane = account();
    const { listen } = createRig();
    const { heard, isResumed } = listen(jane);
    await isResumed(1);
    for (const text of ['', 'nonsense', '[]', '{"balance":1}']) await writer.client.publish(channelOf(jane), text);
    await put(jane, 1);
    await until('a good one is heard', () => heard.length > 0, 5_000);
    expect(heard).toEqual([1]);
  });
});

describe('an interruption', () => {
  test('of the connection is told, and changes are heard again', async () => {
    const jane = account();
    const { listen } = createRig();
    const { heard, isResumed } = listen(jane);
    await isResumed(1);
    await writer.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await isResumed(2);
    await put(jane, 1);
    await until('it is heard', () => heard.length === 1, 5_000);
  });

  test('by a Redis that is killed and comes back is told to all of a thousand', async () => {
    const { listen } = createRig();
    const accounts = Array.from({ length: 1_200 }, account);
    const listeners = accounts.map(listen);
    for (const one of listeners) await one.isResumed(1);
    redis.kill('SIGKILL');
    await redis.exited;
    await redis.restart();
    for (const one of listeners) await one.isResumed(2);
    await writer.whenReady(10_000);
    await put(accounts[1_199]!, 7);
    await until('it is heard', () => listeners[1_199]!.heard.length === 1, 5_000);
  });

  test('without a word, as by a cable that is cut, is noticed', async () => {
    const jane = account();
    const { connection, listen } = createRig();
    const { isResumed, resumed } = listen(jane);
    await isResumed(1);
    redis.kill('SIGSTOP');
    onTestFinished(() => redis.kill('SIGCONT'));
    await until('the silent connection is dropped', () => connection.client.status !== 'ready', 5_000);
    redis.kill('SIGCONT');
    await isResumed(2);
    expect(resumed()).toBe(2);
  });

  test('at the start makes nobody wait, and who came meanwhile is told', async () => {
    const jane = account();
    const door = await tcpDoor(Number(new URL(url).port), onTestFinished);
    await door.close();
    const { listen } = createRig(`127.0.0.1:${door.port}`);
    const early = listen(jane);
    const gone = listen(account());
    gone.stop();
    await door.open();
    await early.isResumed(1);
    await put(jane, 1);
    await until('it is heard', () => early.heard.length === 1, 5_000);
    expect(gone.resumed()).toBe(0);
  });

  test('for good, as Redis forbids it, is said, and the connection is left as it is', async () => {
    await writer.client.acl('SETUSER', 'reader', 'on', '>secret', '+@all', '~*', 'resetchannels');
    const { connection, listen, warnings } = createRig(url.replace('redis://', 'redis://reader:secret@'));
    await connection.whenReady(5_000);
    const { resumed } = listen(account());
    await until('it is said', () => warnings.length > 0, 5_000);
    expect(warnings).toEqual(['Redis tells no changes']);
    expect(resumed()).toBe(0);
    expect(connection.client.status).toBe('ready');
  });
});
