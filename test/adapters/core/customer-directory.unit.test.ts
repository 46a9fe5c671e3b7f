import { describe, expect, test } from 'vitest';
import { createCircuitBreaker, createCustomerDirectory } from '../../../src/adapters/core/index.ts';
import { CoreRefusedError } from '../../../src/adapters/core/errors.ts';
import { DependencyUnavailableError, isRetryable } from '../../../src/common/errors.ts';

const merchantId = '11111111-1111-4111-8111-111111111111';
const customers = (...names: string[]) => names.map((customerId) => ({ merchantId, customerId }));

type Ask = (customerId: string) => Promise<'known' | 'unknown'>;

/** A directory over a Core that answers as told; by default it knows everybody. */
const createRig = (options: { maxInFlight?: number; maxCustomers?: number } = {}) => {
  const time = { now: 1_000 };
  const clock = { now: () => time.now };
  const asked: string[] = [];
  const results: string[] = [];
  const core: { ask: Ask } = { ask: () => Promise.resolve('known') };
  const directory = createCustomerDirectory({
    core: {
      ask: ({ customerId }) => {
        asked.push(customerId);
        return core.ask(customerId);
      },
    },
    breaker: createCircuitBreaker({ dependency: 'Core', clock, isFailure: isRetryable }),
    clock,
    onLookup: (result) => results.push(result),
    ...options,
  });
  const known = async (...names: string[]) => (await directory.known(customers(...names))).map(({ status }) => status);
  return { time, asked, results, core, directory, known };
};

describe('looking customers up', () => {
  test('answers each in the order asked, and asks once for each distinct one', async () => {
    const { core, asked, known } = createRig();
    core.ask = async (customerId) => (customerId === 'stranger' ? 'unknown' : 'known');
    expect(await known('jane', 'stranger', 'jane', 'joe')).toEqual(['known', 'unknown', 'known', 'known']);
    expect(asked).toEqual(['jane', 'stranger', 'joe']);
  });

  test('keeps a customer of two merchants apart', async () => {
    const { asked, directory } = createRig();
    const [jane] = customers('jane');
    await directory.known([jane!, { ...jane!, merchantId: '22222222-2222-4222-8222-222222222222' }]);
    expect(asked).toEqual(['jane', 'jane']);
  });

  test('fails only the customer whose question fails', async () => {
    const { core, directory } = createRig();
    core.ask = (customerId) => {
      if (customerId === 'odd') return Promise.reject(new CoreRefusedError('Core refuses the question'));
      if (customerId === 'late') return Promise.reject(new DependencyUnavailableError('Core'));
      return Promise.resolve('known');
    };
    expect(await directory.known(customers('jane', 'odd', 'late', 'joe'))).toMatchObject([
      { status: 'known' },
      { status: 'error', error: { code: 'CORE_REFUSED', retryable: false } },
      { status: 'error', error: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } },
      { status: 'known' },
    ]);
  });

  test('has no more questions under way than it may, over all who ask', async () => {
    const { core, known } = createRig({ maxInFlight: 4 });
    let underWay = 0;
    let most = 0;
    core.ask = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return 'known';
    };
    const names = Array.from({ length: 50 }, (_, n) => `c${n}`);
    await Promise.all([known(...names.slice(0, 30)), known(...names.slice(20))]);
    expect(most).toBe(4);
  });

  test('asks once for all who want the same customer at the same time', async () => {
    const { asked, known } = createRig();
    await Promise.all([known('jane'), known('jane'), known('jane', 'joe')]);
    expect(asked).toEqual(['jane', 'joe']);
  });

  test('begins no question long after it was wanted, and what was answered meanwhile is not asked again', async () => {
    const { time, core, asked, results, known } = createRig({ maxInFlight: 1 });
    core.ask = async () => {
      time.now += 1_000;
      return 'known';
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(await known(...names)).toEqual(['known', 'known', 'known', 'known', 'error', 'error']);
    expect(results.slice(-2)).toEqual(['not_asked', 'not_asked']);
    asked.length = 0;
    expect(await known(...names)).toEqual(names.map(() => 'known'));
    expect(asked).toEqual(['e', 'f']);
  });
});

describe('remembering customers', () => {
  test('keeps a known one for ten minutes, an unknown one for ten seconds', async () => {
    const { time, core, asked, known } = createRig();
    core.ask = async (customerId) => (customerId === 'stranger' ? 'unknown' : 'known');
    await known('jane', 'stranger');
    time.now += 9_999;
    await known('jane', 'stranger');
    expect(asked).toHaveLength(2);
    time.now += 2;
    core.ask = () => Promise.resolve('known');
    expect(await known('jane', 'stranger')).toEqual(['known', 'known']);
    expect(asked).toEqual(['jane', 'stranger', 'stranger']);
    time.now += 590_000;
    await known('jane');
    expect(asked).toEqual(['jane', 'stranger', 'stranger', 'jane']);
  });

  test('does not keep a failure', async () => {
    const { core, known } = createRig();
    core.ask = () => Promise.reject(new DependencyUnavailableError('Core'));
    expect(await known('jane')).toEqual(['error']);
    core.ask = () => Promise.resolve('known');
    expect(await known('jane')).toEqual(['known']);
  });

  test('holds so many of each kind, and strangers do not push known ones out', async () => {
    const { core, asked, known } = createRig({ maxCustomers: 2 });
    core.ask = async (customerId) => (customerId.startsWith('s') ? 'unknown' : 'known');
    await known('jane', 's1', 's2', 's3', 's4');
    asked.length = 0;
    expect(await known('jane', 's4')).toEqual(['known', 'unknown']);
    expect(asked).toEqual([]);
    await known('joe', 'jim');
    await known('jane');
    expect(asked).toEqual(['joe', 'jim', 'jane']);
  });
});

test('Of a Core that fails for everybody only some are asked, and the rest fail at once', async () => {
  const { core, asked, results, known } = createRig({ maxInFlight: 5 });
  core.ask = () => Promise.reject(new DependencyUnavailableError('Core'));
  const names = Array.from({ length: 500 }, (_, n) => `c${n}`);
  expect(new Set(await known(...names))).toEqual(new Set(['error']));
  expect(asked.length).toBeLessThan(20);
  expect(results.filter((result) => result === 'not_asked').length).toBeGreaterThan(480);
});

test('When Core is well again after a rest, one batch is answered in full', async () => {
  const { time, core, known } = createRig();
  core.ask = () => Promise.reject(new DependencyUnavailableError('Core'));
  const names = Array.from({ length: 200 }, (_, n) => `c${n}`);
  await known(...names);
  time.now += 1_000;
  core.ask = async () => {
    await new Promise(setImmediate);
    return 'known';
  };
  expect(new Set(await known(...names))).toEqual(new Set(['known']));
});

test('How each look-up ended is told', async () => {
  const { core, results, known } = createRig();
  core.ask = (customerId) => {
    if (customerId === 'odd') return Promise.reject(new CoreRefusedError('Core refuses the question'));
    if (customerId === 'late') return Promise.reject(new DependencyUnavailableError('Core'));
    return Promise.resolve(customerId === 'stranger' ? 'unknown' : 'known');
  };
  await known('jane', 'stranger', 'odd', 'late');
  await known('jane');
  expect(results).toEqual(['known', 'unknown', 'refused', 'unavailable', 'cached']);
});
