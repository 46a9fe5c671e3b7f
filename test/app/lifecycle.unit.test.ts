import { expect, test } from 'vitest';
import { createLifecycle } from '../../src/app/lifecycle.ts';
import { silentLogger } from '../../src/common/logger.ts';

const never = new Promise<never>(() => undefined);

test('Doors are closed first, then the rest, the newest first', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger });
  const stopped: string[] = [];
  const add = (name: string) => {
    lifecycle.add(name, () => void stopped.push(name));
  };
  lifecycle.addDoor('http', () => void stopped.push('http'));
  add('mongo');
  add('kafka');
  lifecycle.addDoor('grpc', () => void stopped.push('grpc'));
  add('tasks');
  expect(await lifecycle.stop('test')).toBe(true);
  expect(stopped).toEqual(['grpc', 'http', 'tasks', 'kafka', 'mongo']);
});

test('What fails or hangs does not keep the others, and is told by the result', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger, timeoutMs: 200 });
  const stopped: string[] = [];
  lifecycle.add('mongo', () => void stopped.push('mongo'));
  lifecycle.add('broken', () => Promise.reject(new TypeError('no')));
  lifecycle.add('throwing', () => {
    throw new TypeError('no');
  });
  lifecycle.add('hanging', () => never);
  const startedMs = performance.now();
  expect(await lifecycle.stop('test')).toBe(false);
  expect(stopped).toEqual(['mongo']);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test('All that hang together do not take longer than the whole has', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger, timeoutMs: 200 });
  for (let times = 0; times < 10; times += 1) lifecycle.add(`hanging ${times}`, () => never);
  const startedMs = performance.now();
  expect(await lifecycle.stop('test')).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test('A second stop gets the first one’s result, and nothing is stopped twice', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger });
  let times = 0;
  lifecycle.add('mongo', () => {
    times += 1;
  });
  expect(lifecycle.stopping.aborted).toBe(false);
  const both = [lifecycle.stop('one'), lifecycle.stop('two')];
  expect(lifecycle.stopping.aborted).toBe(true);
  expect(await Promise.all(both)).toEqual([true, true]);
  expect(times).toBe(1);
});

test('What is started after the stop is stopped at once', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger });
  await lifecycle.stop('test');
  let stopped = false;
  lifecycle.add('late', () => {
    stopped = true;
  });
  expect(stopped).toBe(true);
});
