import { describe, expect, test } from 'vitest';
import { createHealth, failed, type Health, passed } from '../../src/app/health.ts';
import { late } from '../../src/app/late.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/common/logger.ts';

const healthWith = (logger: Logger = silentLogger, timeoutMs = 1_000): Health => createHealth({ logger, timeoutMs });

describe('ready', () => {
  test('is true of a process with no checks', async () => {
    expect(await healthWith().ready()).toEqual({ ok: true, checks: {} });
  });

  test('lists each check, and fails when one does', async () => {
    const health = healthWith();
    health.register('kafka', { ready: () => passed });
    health.register('mongo', { ready: () => failed('No primary') });
    health.register('redis', { ready: health.probe(() => Promise.reject(new DependencyUnavailableError('Redis'))) });
    health.register('task', { live: () => failed('stuck') });
    expect(await health.ready()).toEqual({
      ok: false,
      checks: {
        kafka: { ok: true },
        mongo: { ok: false, reason: 'No primary' },
        redis: { ok: false, reason: 'Redis is not available' },
      },
    });
  });

  test('tells of what can be done without, and does not fail for it', async () => {
    const health = healthWith();
    health.register('mongo', { ready: () => passed });
    health.register('core', { optional: true, ready: () => failed('Core is not available') });
    health.register('standby', { optional: true, ready: () => passed });
    expect(await health.ready()).toEqual({
      ok: true,
      checks: {
        mongo: { ok: true },
        core: { ok: false, reason: 'Core is not available', optional: true },
        standby: { ok: true },
      },
    });
  });

  test('fails a check that does not answer in time, and those that answer are not kept waiting by it', async () => {
    const health = healthWith(silentLogger, 20);
    health.register('frozen', { ready: () => new Promise(() => undefined) });
    health.register('well', { ready: () => passed });
    expect(await health.ready()).toEqual({
      ok: false,
      checks: { frozen: { ok: false, reason: 'No answer within 20 ms' }, well: { ok: true } },
    });
  });

  test('does not quote an error that is not ours', async () => {
    const health = healthWith();
    health.register('odd', { ready: () => Promise.reject(new TypeError('password=hunter2')) });
    expect((await health.ready()).checks).toEqual({ odd: { ok: false, reason: 'INTERNAL TypeError' } });
  });

  test('asks a server once for all who ask at the same time', async () => {
    const health = healthWith();
    let asked = 0;
    health.register('mongo', {
      ready: async () => {
        asked += 1;
        return passed;
      },
    });
    await Promise.all([health.ready(), health.ready(), health.ready()]);
    expect(asked).toBe(1);
    await health.ready();
    expect(asked).toBe(2);
  });

  test('is false for good once the process is stopping', async () => {
    const health = healthWith();
    health.stopping();
    expect(await health.ready()).toEqual({
      ok: false,
      checks: { process: { ok: false, reason: 'The process is stopping' } },
    });
    expect(await health.live()).toEqual({ ok: true, checks: {} });
  });
});

test('Live looks at progress checks only', async () => {
  const health = healthWith();
  health.register('mongo', { ready: () => failed('away') });
  expect((await health.live()).ok).toBe(true);
  health.register('tasks', { ready: () => passed, live: () => failed('No progress for 60 s') });
  expect(await health.live()).toEqual({ ok: false, checks: { tasks: { ok: false, reason: 'No progress for 60 s' } } });
});

test('A part that fails and comes back makes two lines, however often it is asked', async () => {
  const lines: [string, LogFields][] = [];
  const tell = (level: string) => (fields: LogFields) => lines.push([level, fields]);
  const health = healthWith({ ...silentLogger, warn: tell('warn'), info: tell('info') });
  let well = true;
  health.register('mongo', { ready: () => (well ? passed : failed('away')) });
  for (let times = 0; times < 2; times += 1) await health.ready();
  well = false;
  for (let times = 0; times < 3; times += 1) await health.ready();
  well = true;
  for (let times = 0; times < 3; times += 1) await health.ready();
  expect(lines).toEqual([
    ['warn', { check: 'mongo', kind: 'ready', reason: 'away' }],
    ['info', { check: 'mongo', kind: 'ready' }],
  ]);
});

test('A part that is not there at the start is no warning', async () => {
  const lines: string[] = [];
  const tell = (level: string) => (_fields: LogFields, message: string) => lines.push(`${level}: ${message}`);
  const health = healthWith({ ...silentLogger, warn: tell('warn'), info: tell('info') });
  let well = false;
  health.register('mongo', { ready: () => (well ? passed : failed('has not answered yet')) });
  for (let times = 0; times < 3; times += 1) await health.ready();
  well = true;
  await health.ready();
  expect(lines).toEqual(['info: A part is not there yet', 'info: A part is well']);
});

test('What is late is away until it is there, and is then asked itself', async () => {
  const mongo = late<{ ping: () => Promise<void> }>('MongoDB');
  const check = mongo.check((connection) => connection.ping());
  expect(() => mongo.get()).toThrow('MongoDB is not available');
  expect(await check()).toEqual({ ok: false, reason: 'MongoDB has not answered yet' });
  mongo.set({ ping: () => Promise.resolve() });
  expect(await check()).toEqual({ ok: true });
  mongo.set({ ping: () => Promise.reject(new DependencyUnavailableError('MongoDB')) });
  await expect(check()).rejects.toThrow('MongoDB is not available');
});
