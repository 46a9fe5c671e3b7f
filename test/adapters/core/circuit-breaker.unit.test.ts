import { describe, expect, test } from 'vitest';
import { type CircuitState, createCircuitBreaker } from '../../../src/adapters/core/index.ts';
import { CircuitOpenError } from '../../../src/adapters/core/errors.ts';
import { DependencyUnavailableError, isRetryable } from '../../../src/common/errors.ts';

const createRig = (options: { failures?: number; outOf?: number } = {}) => {
  const time = { now: 1_000 };
  const changes: CircuitState[] = [];
  const breaker = createCircuitBreaker({
    ...{ dependency: 'Core', clock: { now: () => time.now }, isFailure: isRetryable },
    ...{ failures: 3, outOf: 5, countedForMs: 10_000, openMs: 500, ...options },
    onChange: (state) => changes.push(state),
  });
  const fail = () => breaker.run(() => Promise.reject(new DependencyUnavailableError('Core'))).catch(() => 'failed');
  const succeed = () => breaker.run(() => Promise.resolve('well'));
  const open = async (): Promise<void> => {
    for (let times = 0; times < 3; times += 1) await fail();
  };
  return { time, breaker, changes, fail, succeed, open };
};

describe('a circuit that is closed', () => {
  test('gives what the call gives, and throws what it throws', async () => {
    const { breaker, succeed } = createRig();
    expect(await succeed()).toBe('well');
    await expect(breaker.run(() => Promise.reject(new TypeError('own')))).rejects.toThrow('own');
  });

  test('opens when so many of the last calls failed, whatever came in between', async () => {
    const { breaker, fail, succeed } = createRig();
    for (const call of [fail, succeed, fail, succeed]) await call();
    expect(breaker.state()).toBe('closed');
    await fail();
    expect(breaker.state()).toBe('open');
  });

  test('does not open for failures that are seldom enough', async () => {
    const { breaker, fail, succeed } = createRig();
    for (let times = 0; times < 20; times += 1) for (const call of [fail, succeed, succeed]) await call();
    expect(breaker.state()).toBe('closed');
  });

  test('forgets failures of long ago', async () => {
    const { breaker, time, fail } = createRig();
    await fail();
    await fail();
    time.now += 10_001;
    await fail();
    expect(breaker.state()).toBe('closed');
  });

  test('does not count errors that are an answer', async () => {
    const { breaker } = createRig();
    for (let times = 0; times < 20; times += 1) {
      await breaker.run(() => Promise.reject(new TypeError('refused'))).catch(() => undefined);
    }
    expect(breaker.state()).toBe('closed');
  });
});

describe('a circuit that is open', () => {
  test('makes no call, and says so as a dependency that is away', async () => {
    const { breaker, open } = createRig();
    await open();
    let made = 0;
    const call = breaker.run(async () => (made += 1));
    await expect(call).rejects.toThrow(CircuitOpenError);
    await expect(call).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    expect(made).toBe(0);
  });

  test('tries one call when its time is over, and closes when that succeeds', async () => {
    const { time, changes, succeed, open } = createRig();
    await open();
    time.now += 500;
    expect(await succeed()).toBe('well');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  test('opens for as long again when the trial fails', async () => {
    const { breaker, time, changes, fail, succeed, open } = createRig();
    await open();
    time.now += 500;
    await fail();
    expect(changes).toEqual(['open', 'half-open', 'open']);
    time.now += 499;
    await expect(succeed()).rejects.toThrow(CircuitOpenError);
    time.now += 1;
    expect(await succeed()).toBe('well');
    expect(breaker.state()).toBe('closed');
  });

  test('closes when the trial ends with an error that is an answer', async () => {
    const { breaker, time, open } = createRig();
    await open();
    time.now += 500;
    await breaker.run(() => Promise.reject(new TypeError('refused'))).catch(() => undefined);
    expect(breaker.state()).toBe('closed');
  });

  test('lets who comes during the trial wait for it: then they call, or fail with it', async () => {
    const { breaker, time, succeed, open } = createRig();
    for (const wellAgain of [false, true]) {
      if (breaker.state() === 'closed') await open();
      time.now += 500;
      const gate = Promise.withResolvers<string>();
      const trial = breaker.run(() => gate.promise);
      expect(breaker.state()).toBe('half-open');
      let made = 0;
      const others = Array.from({ length: 50 }, () =>
        breaker.run(async () => {
          made += 1;
          return 'called';
        }),
      );
      await new Promise(setImmediate);
      expect(made).toBe(0);
      if (wellAgain) gate.resolve('well');
      else gate.reject(new DependencyUnavailableError('Core'));
      await Promise.allSettled([trial]);
      const endings = await Promise.allSettled(others);
      expect(new Set(endings.map(({ status }) => status))).toEqual(new Set([wellAgain ? 'fulfilled' : 'rejected']));
      expect(made).toBe(wellAgain ? 50 : 0);
    }
    expect(await succeed()).toBe('well');
  });

  test('does not listen to calls that began before it opened', async () => {
    const { breaker, time, open } = createRig();
    const gate = Promise.withResolvers<string>();
    const early = Array.from({ length: 10 }, () => breaker.run(() => gate.promise).catch(() => 'failed'));
    await open();
    time.now += 500;
    await breaker.run(() => Promise.resolve('well'));
    gate.reject(new DependencyUnavailableError('Core'));
    await Promise.all(early);
    expect(breaker.state()).toBe('closed');
  });
});
