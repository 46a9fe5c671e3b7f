import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createInstanceBoard } from '../../../src/adapters/redis/index.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const createBoard = async (applicationId: string) => {
  const connection = await redisConnection(sharedServers().redis.state, onTestFinished);
  return createInstanceBoard(connection, applicationId, systemClock);
};

test('every instance of a service sees what all have told last, and none of another service', async () => {
  const service = randomUUID();
  const [one, other, foreign] = [
    await createBoard(service),
    await createBoard(service),
    await createBoard(randomUUID()),
  ];
  const [a, b] = [randomUUID(), randomUUID()];
  await one.publish(a, 'a, before', 60_000);
  await one.publish(a, 'a', 60_000);
  await other.publish(b, 'b', 60_000);
  expect([...(await one.all())].sort()).toEqual(['a', 'b']);
  expect(await foreign.all()).toEqual([]);
  await other.withdraw(b);
  expect(await one.all()).toEqual(['a']);
  await one.withdraw(a);
});

test('an instance that tells nothing any more is gone when its time is over', async () => {
  const board = await createBoard(randomUUID());
  await board.publish(randomUUID(), 'killed', 300);
  expect(await board.all()).toEqual(['killed']);
  await until('it is gone', async () => (await board.all()).length === 0, 5_000);
});
