import { describe, expect, test } from 'vitest';
import { createTokenValidator } from '../../../src/adapters/auth/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import type { ValidateTokenAnswer } from '../../../src/contracts/grpc/index.ts';

const start = 1_700_000_000_000;
const merchant = '11111111-1111-4111-8111-111111111111';
const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

const answer = (changed: Partial<ValidateTokenAnswer> = {}): ValidateTokenAnswer => ({
  ...{ merchant_id: merchant, scopes: ['merchant:points:view'], customer_id: '', expires_at: '0', ...changed },
});

/** An Auth that says what the test tells it to, and a clock moved by hand. */
const setUp = (limits: { readonly maxTokens?: number } = {}) => {
  const clock = { time: start, now: () => clock.time };
  const world = {
    ...{ clock, questions: [] as string[], says: answer() as ValidateTokenAnswer | undefined | Error },
    gate: Promise.resolve(undefined),
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  /** Questions from now on get their answers when they are let go, as they are then. */
  const holdAnswers = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.gate = promise;
    return {
      release: async () => {
        resolve(undefined);
        await settled();
      },
    };
  };
  const auth = {
    ask: async (token: string) => {
      world.questions.push(token);
      await world.gate;
      if (world.says instanceof Error) throw world.says;
      return world.says;
    },
  };
  return { ...world, world, settled, holdAnswers, validator: createTokenValidator({ auth, clock, ...limits }) };
};

describe('an accepted token', () => {
  test('unused for a while is asked about again after 30 seconds, and not before', async () => {
    const { validator, world, clock } = setUp();
    const identity = { merchantId: merchant, scopes: ['merchant:points:view'], expiresAt: 0 };
    expect(await validator.validate('t')).toEqual(identity);
    clock.time = start + 19_999;
    expect(await validator.validate('t')).toEqual(identity);
    expect(world.questions).toEqual(['t']);
    clock.time = start + 30_000;
    await validator.validate('t');
    expect(world.questions).toEqual(['t', 't']);
  });

  test('is never remembered beyond its own end', async () => {
    const { validator, world, clock } = setUp();
    world.says = answer({ expires_at: String(start / 1000 + 5) });
    expect(await validator.validate('t')).toMatchObject({ expiresAt: start + 5_000 });
    world.says = undefined;
    clock.time = start + 4_999;
    expect(await validator.validate('t')).toBeDefined();
    clock.time = start + 5_000;
    expect(await validator.validate('t')).toBeUndefined();
    expect(world.questions).toEqual(['t', 't']);
  });

  test('is refused when Auth says that it has already ended', async () => {
    const { validator, world } = setUp();
    world.says = answer({ expires_at: String(start / 1000) });
    expect(await validator.validate('t')).toBeUndefined();
  });

  test('works on while Auth is away, and no longer than its 30 seconds', async () => {
    const { validator, world, clock } = setUp();
    await validator.validate('t');
    world.says = new DependencyUnavailableError('Auth');
    clock.time = start + 29_999;
    expect(await validator.validate('t')).toBeDefined();
    clock.time = start + 30_000;
    await expect(validator.validate('t')).rejects.toThrow('Auth is not available');
  });

  test('that is revoked meanwhile is refused after 30 seconds', async () => {
    const { validator, world, clock } = setUp();
    await validator.validate('t');
    world.says = undefined;
    clock.time = start + 30_000;
    expect(await validator.validate('t')).toBeUndefined();
  });

  test('in steady use is asked about again before its 30 seconds are over, and no call waits for that', async () => {
    const { validator, world, clock, holdAnswers } = setUp();
    await validator.validate('t');
    clock.time = start + 19_999;
    await validator.validate('t');
    expect(world.questions).toHaveLength(1);
    const answers = holdAnswers();
    clock.time = start + 20_000;
    for (const _call of [1, 2, 3]) expect(await validator.validate('t')).toBeDefined();
    expect(world.questions).toHaveLength(2);
    await answers.release();
    // Counted from the second question, which came at 20 s.
    world.says = new DependencyUnavailableError('Auth');
    clock.time = start + 49_999;
    expect(await validator.validate('t')).toBeDefined();
    clock.time = start + 50_000;
    await expect(validator.validate('t')).rejects.toThrow('Auth is not available');
  });

  test('is not served beyond its 30 seconds by a question that is still under way: the call waits for its answer', async () => {
    const { validator, world, clock, holdAnswers } = setUp();
    await validator.validate('t');
    const answers = holdAnswers();
    clock.time = start + 25_000;
    expect(await validator.validate('t')).toBeDefined();
    world.says = undefined;
    clock.time = start + 30_000;
    const late = validator.validate('t');
    await answers.release();
    expect(await late).toBeUndefined();
    expect(world.questions).toHaveLength(2);
  });

  test('that is revoked meanwhile is refused as soon as it has been asked about again', async () => {
    const { validator, world, clock, settled } = setUp();
    await validator.validate('t');
    world.says = undefined;
    clock.time = start + 20_000;
    expect(await validator.validate('t')).toBeDefined();
    await settled();
    expect(await validator.validate('t')).toBeUndefined();
    expect(world.questions).toHaveLength(2);
  });

  test('goes on to its end while Auth is away, which is asked once a second, and taken up again by it', async () => {
    const { validator, world, clock, settled } = setUp();
    await validator.validate('t');
    world.says = new DependencyUnavailableError('Auth');
    for (const at of [20_000, 20_500, 20_999]) {
      clock.time = start + at;
      expect(await validator.validate('t')).toBeDefined();
      await settled();
    }
    expect(world.questions).toHaveLength(2);
    world.says = answer();
    clock.time = start + 21_000;
    expect(await validator.validate('t')).toBeDefined();
    await settled();
    expect(world.questions).toHaveLength(3);
    clock.time = start + 40_999;
    expect(await validator.validate('t')).toBeDefined();
    expect(world.questions).toHaveLength(3);
  });

  test('that ends by itself within the 30 seconds is not asked about ahead: no answer could make it last', async () => {
    const { validator, world, clock, settled } = setUp();
    world.says = answer({ expires_at: String(start / 1000 + 30) });
    await validator.validate('t');
    clock.time = start + 29_999;
    expect(await validator.validate('t')).toBeDefined();
    await settled();
    expect(world.questions).toHaveLength(1);
    clock.time = start + 30_000;
    expect(await validator.validate('t')).toBeUndefined();
  });

  test('of a customer names the customer, in lower case', async () => {
    const { validator, world } = setUp();
    world.says = answer({ merchant_id: merchant.toUpperCase(), customer_id: customer.toUpperCase() });
    expect(await validator.validate('t')).toMatchObject({ merchantId: merchant, customerId: customer });
  });
});

describe('a clock that is set', () => {
  const setUpClocks = () => {
    const clock = { time: start, now: () => clock.time };
    const stopwatch = { time: 17, now: () => stopwatch.time };
    const world = { says: answer() as ValidateTokenAnswer | undefined };
    const validator = createTokenValidator({ auth: { ask: () => Promise.resolve(world.says) }, clock, stopwatch });
    return { clock, stopwatch, world, validator };
  };

  test('back by two hours lets a revoked token in for 30 seconds all the same', async () => {
    const { clock, stopwatch, world, validator } = setUpClocks();
    await validator.validate('t');
    world.says = undefined;
    clock.time -= 2 * 3_600_000;
    stopwatch.time += 19_999;
    expect(await validator.validate('t')).toBeDefined();
    expect(validator.servesForMs('t')).toBe(10_001);
    stopwatch.time += 10_001;
    expect(validator.servesForMs('t')).toBe(0);
    expect(await validator.validate('t')).toBeUndefined();
  });

  test('forward makes it be asked about again, also where the other stood still', async () => {
    const { clock, world, validator } = setUpClocks();
    await validator.validate('t');
    world.says = undefined;
    clock.time += 30_000;
    expect(await validator.validate('t')).toBeUndefined();
  });

  test('back does not keep a token out that is good by now', async () => {
    const { clock, stopwatch, world, validator } = setUpClocks();
    world.says = undefined;
    await validator.validate('t');
    world.says = answer();
    clock.time -= 2 * 3_600_000;
    stopwatch.time += 1_000;
    expect(await validator.validate('t')).toBeDefined();
  });
});

describe('a refused token', () => {
  test('is asked about once a second', async () => {
    const { validator, world, clock } = setUp();
    world.says = undefined;
    expect(await validator.validate('t')).toBeUndefined();
    clock.time = start + 999;
    world.says = answer();
    expect(await validator.validate('t')).toBeUndefined();
    clock.time = start + 1_000;
    expect(await validator.validate('t')).toBeDefined();
    expect(world.questions).toEqual(['t', 't']);
  });

  test('does not push an accepted one out, however many there are', async () => {
    const { validator, world } = setUp({ maxTokens: 2 });
    await validator.validate('good');
    world.says = undefined;
    for (const bad of ['a', 'b', 'c', 'd']) await validator.validate(bad);
    expect(await validator.validate('good')).toBeDefined();
  });
});

test('Only so many tokens are remembered', async () => {
  const { validator, world } = setUp({ maxTokens: 2 });
  for (const token of ['a', 'b', 'c', 'a']) await validator.validate(token);
  expect(world.questions).toEqual(['a', 'b', 'c', 'a']);
});

test('Calls at the same time with one token share one question, and each token has its own', async () => {
  const { validator, world } = setUp();
  await Promise.all([validator.validate('a'), validator.validate('a'), validator.validate('b')]);
  expect(world.questions).toEqual(['a', 'b']);
});

test('A failure is told to all who wait and is not remembered', async () => {
  const { validator, world } = setUp();
  world.says = new DependencyUnavailableError('Auth');
  const both = await Promise.allSettled([validator.validate('t'), validator.validate('t')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  world.says = answer();
  expect(await validator.validate('t')).toBeDefined();
});

test.each([
  ['merchant_id', { merchant_id: 'everyone' }],
  ['merchant_id', { merchant_id: '' }],
  ['customer_id', { customer_id: '4711' }],
  ['scopes.0', { scopes: [''] }],
  ['expires_at', { expires_at: '-1' }],
])('An answer whose %s is not understood counts as no answer: %j', async (fields, changed) => {
  const { validator, world } = setUp();
  world.says = answer(changed);
  await expect(validator.validate('t')).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    facts: { dependency: 'Auth', fields },
  });
});
