import { expect, test } from 'vitest';
import { waitFor } from '../../src/app/wait-for.ts';
import { ConfigError, DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';

const patient = () => {
  const lines: LogFields[] = [];
  const logger = { ...silentLogger, warn: (fields: LogFields) => void lines.push(fields) };
  const stop = new AbortController();
  return { lines, stop, options: { logger, signal: stop.signal, firstPauseMs: 0 } };
};

/** Fails so many times, then answers 'there'. */
const awayFor = (times: number) => {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new DependencyUnavailableError('MongoDB');
    return 'there';
  };
};

test('A server that is away is waited for, with ever fewer lines', async () => {
  const { lines, options } = patient();
  expect(await waitFor('MongoDB', awayFor(100), options)).toBe('there');
  expect(lines.map((line) => line['attempts'])).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(lines[0]).toEqual({ dependency: 'MongoDB', attempts: 1, reason: 'MongoDB is not available' });
});

test('What waiting cannot mend is thrown at once', async () => {
  const { lines, options } = patient();
  const call = () => Promise.reject(new ConfigError(['no']));
  await expect(waitFor('MongoDB', call, options)).rejects.toThrow(ConfigError);
  expect(lines).toEqual([]);
});

test('The waiting ends when the process stops', async () => {
  const { stop, options } = patient();
  const waiting = waitFor('MongoDB', awayFor(Infinity), { ...options, firstPauseMs: 60_000 });
  stop.abort();
  await expect(waiting).rejects.toThrow('MongoDB is not available');
});

test('The waiting ends after its time', async () => {
  const { options } = patient();
  await expect(waitFor('MongoDB', awayFor(Infinity), { ...options, timeoutMs: 20 })).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    facts: { dependency: 'MongoDB' },
  });
});
