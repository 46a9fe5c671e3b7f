import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { IngestCommand } from '../../src/contracts/index.ts';
import { createDecisions, TooManyWaitingError, type Decisions } from '../../src/requests/index.ts';
import { fakeOutcomes } from '../support/fake-outcomes.ts';
import { otherCustomerId, outcomeFor, redemptionOf, tillOf } from '../support/requests.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  // Whoever was answered, or has gone, leaves nothing behind.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const forever = new AbortController().signal;
const limits = { waitMs: 2_500, signal: forever };

const createRig = (options: { maxWaiting?: number } = {}) => {
  const outcomes = fakeOutcomes();
  const published: IngestCommand[] = [];
  const errors: unknown[] = [];
  const world = {
    publish: async (_: IngestCommand): Promise<unknown> => undefined,
  };
  const decisions: Decisions = createDecisions({
    ...outcomes,
    ...options,
    publisher: {
      publish: async (command) => {
        published.push(command);
        return world.publish(command);
      },
    },
    onError: (error) => errors.push(error),
  });
  return { ...outcomes, published, errors, publishing: world, decisions };
};

/** Lets everything happen that needs no time to pass. */
const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await turn();
};
const pass = async (milliseconds: number): Promise<void> => {
  await settle();
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settle();
};

describe('a request', () => {
  test('is published, and answered the moment its outcome is told', async () => {
    const rig = createRig();
    const command = redemptionOf();
    const answer = rig.decisions.request(command, limits);
    await settle();
    expect(rig.published).toEqual([command]);
    rig.tell(outcomeFor(command));
    expect(await answer).toEqual({ kind: 'decided', outcome: outcomeFor(command) });
    expect([rig.listening(), rig.decisions.waiting]).toEqual([0, 0]);
  });

  test.each(['recent', 'lasting'] as const)(
    'made again is answered from what is %s, and not published',
    async (place) => {
      const rig = createRig();
      const command = redemptionOf();
      const outcome = outcomeFor(command, { status: 'completed' });
      if (place === 'recent') rig.tell(outcome);
      else rig.write(outcome);
      expect(await rig.decisions.request(command, limits)).toEqual({ kind: 'decided', outcome });
      expect(rig.published).toEqual([]);
      expect(rig.asked.lasting).toBe(place === 'recent' ? 0 : 1);
    },
  );

  test('is a conflict where its token was used for another one, before it or while it waits', async () => {
    const rig = createRig();
    const [first, second] = [redemptionOf(), redemptionOf()];
    rig.tell(outcomeFor(first, { points: 5 }));
    expect(await rig.decisions.request(first, limits)).toEqual({ kind: 'conflict' });
    const answer = rig.decisions.request(second, limits);
    await settle();
    rig.tell(outcomeFor(second, { customer_id: otherCustomerId }));
    expect(await answer).toEqual({ kind: 'conflict' });
  });

  test('is pending when its time is up, after a last look', async () => {
    const rig = createRig();
    const answer = rig.decisions.request(redemptionOf(), limits);
    await pass(2_499);
    expect(rig.decisions.waiting).toBe(1);
    const looks = rig.asked.lasting;
    await pass(1);
    expect(await answer).toEqual({ kind: 'pending' });
    expect(looks).toBeGreaterThanOrEqual(2);
    expect([rig.listening(), rig.decisions.waiting]).toEqual([0, 0]);
  });

  test('finds by looking again what the channel has missed', async () => {
    const rig = createRig();
    const command = redemptionOf();
    const answer = rig.decisions.request(command, limits);
    await settle();
    rig.world.channelAway = true;
    rig.tell(outcomeFor(command));
    await pass(250);
    expect(await answer).toMatchObject({ kind: 'decided' });
  });

  test('is answered from MongoDB alone while Redis is away', async () => {
    const rig = createRig();
    Object.assign(rig.world, { channelAway: true, recentAway: true });
    const command = redemptionOf();
    const answer = rig.decisions.request(command, limits);
    await settle();
    expect(rig.published).toHaveLength(1);
    rig.write(outcomeFor(command));
    await pass(250);
    expect(await answer).toMatchObject({ kind: 'decided' });
    expect(rig.errors).not.toHaveLength(0);
  });

  test('is published also where nothing can be looked up, and answered by the channel', async () => {
    const rig = createRig();
    Object.assign(rig.world, { recentAway: true, lastingAway: true });
    const command = redemptionOf();
    const answer = rig.decisions.request(command, limits);
    await settle();
    rig.tell(outcomeFor(command));
    expect(await answer).toMatchObject({ kind: 'decided' });
  });

  test('finds soon what the webhook of its order has earned, which nobody is told', async () => {
    const rig = createRig();
    const command = tillOf({ type: 'earn', points: 50, order_id: '820982911946154508' });
    const answer = rig.decisions.request(command, limits);
    await settle();
    rig.write(outcomeFor(command, { points: 47 }));
    await pass(700);
    expect(await answer).toMatchObject({ kind: 'decided', outcome: { points: 47 } });
  });

  test('is pending at once where it waits for Kafka', async () => {
    const rig = createRig();
    rig.publishing.publish = async () => 'buffered';
    expect(await rig.decisions.request(redemptionOf(), limits)).toEqual({ kind: 'pending' });
  });

  test('cannot be told where publishing fails, or takes longer than the wait', async () => {
    const rig = createRig();
    rig.publishing.publish = async () => Promise.reject(new DependencyUnavailableError('Kafka'));
    await expect(rig.decisions.request(redemptionOf(), limits)).rejects.toThrow(DependencyUnavailableError);
    rig.publishing.publish = () => new Promise(() => undefined);
    const late = rig.decisions.request(redemptionOf(), limits);
    const refused = expect(late).rejects.toThrow(DependencyUnavailableError);
    await pass(2_500);
    await refused;
  });

  test('is answered where somebody else’s is decided while its own hangs', async () => {
    const rig = createRig();
    rig.publishing.publish = () => new Promise(() => undefined);
    const command = redemptionOf();
    const answer = rig.decisions.request(command, limits);
    await settle();
    rig.tell(outcomeFor(command));
    expect(await answer).toMatchObject({ kind: 'decided' });
  });

  test('passes on what is wrong with us', async () => {
    const rig = createRig();
    rig.publishing.publish = async () => Promise.reject(new RangeError('does not fit the schema'));
    await expect(rig.decisions.request(redemptionOf(), limits)).rejects.toThrow(RangeError);
    expect([rig.listening(), rig.decisions.waiting]).toEqual([0, 0]);
  });
});

describe('callers', () => {
  test('of one token get one answer, and one who has hung up waits no longer', async () => {
    const rig = createRig();
    const command = redemptionOf();
    const hangUp = new AbortController();
    const gone = rig.decisions.request(command, { ...limits, signal: hangUp.signal });
    const answers = Array.from({ length: 64 }, () => rig.decisions.request(command, limits));
    await settle();
    expect(rig.decisions.waiting).toBe(65);
    hangUp.abort();
    expect(await gone).toEqual({ kind: 'pending' });
    expect([rig.listening(), rig.decisions.waiting]).toEqual([64, 64]);
    rig.tell(outcomeFor(command));
    expect(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(new Set(rig.published.map(({ event_id }) => event_id)).size).toBe(1);
  });

  test('beyond the limit are refused at once, and let in again when others are done', async () => {
    const rig = createRig({ maxWaiting: 2 });
    const commands = [redemptionOf(), redemptionOf()];
    const answers = commands.map((command) => rig.decisions.request(command, limits));
    await expect(rig.decisions.request(redemptionOf(), limits)).rejects.toThrow(TooManyWaitingError);
    await settle();
    for (const command of commands) rig.tell(outcomeFor(command));
    await Promise.all(answers);
    const known = redemptionOf();
    rig.tell(outcomeFor(known));
    expect(await rig.decisions.request(known, limits)).toMatchObject({ kind: 'decided' });
  });

  test('who have hung up before they came publish nothing', async () => {
    const rig = createRig();
    expect(await rig.decisions.request(redemptionOf(), { ...limits, signal: AbortSignal.abort() })).toEqual({
      kind: 'pending',
    });
    expect(rig.published).toEqual([]);
  });
});

describe('a batch', () => {
  test('is answered in its order, and each customer’s items are published one after the other', async () => {
    const rig = createRig();
    const gates = new Map<string, () => void>();
    rig.publishing.publish = ({ event_id }) => new Promise((resolve) => gates.set(event_id, () => resolve(undefined)));
    const [sale, spend] = [tillOf({ type: 'earn' }), tillOf()];
    const other = tillOf({}, { customer_id: otherCustomerId });
    const known = tillOf();
    rig.tell(outcomeFor(known, { kind: 'refusal', reason: 'INSUFFICIENT_POINTS' }));
    const answers = rig.decisions.requestAll([sale, known, spend, other], limits);
    await settle();
    expect(rig.published).toEqual([sale, other]);
    gates.get(sale.event_id)?.();
    await settle();
    expect(rig.published).toEqual([sale, other, spend]);
    for (const command of [spend, other, sale]) {
      gates.get(command.event_id)?.();
      rig.tell(outcomeFor(command));
    }
    expect((await answers).map((answer) => answer.kind === 'decided' && answer.outcome.kind)).toEqual([
      ...['ledger', 'refusal', 'ledger', 'ledger'],
    ]);
  });

  test('publishes neighbours of one direction together, in order', async () => {
    const rig = createRig();
    const opened = Promise.withResolvers<undefined>();
    rig.publishing.publish = () => opened.promise;
    const earn = (): IngestCommand => tillOf({ type: 'earn' });
    const commands = [earn(), earn(), earn(), tillOf(), tillOf(), earn()];
    const answers = rig.decisions.requestAll(commands, limits);
    await settle();
    expect(rig.published).toEqual(commands.slice(0, 3));
    opened.resolve(undefined);
    await settle();
    expect(rig.published).toEqual(commands);
    for (const command of commands) rig.tell(outcomeFor(command));
    expect((await answers).map(({ kind }) => kind)).toEqual(commands.map(() => 'decided'));
  });

  test('leaves out what comes behind an item of the same customer that could not be published', async () => {
    const rig = createRig();
    const [sale, spend] = [tillOf({ type: 'earn' }), tillOf()];
    const other = tillOf({}, { customer_id: otherCustomerId });
    rig.publishing.publish = async ({ event_id }) => {
      if (event_id === sale.event_id) throw new DependencyUnavailableError('Kafka');
      return 'buffered';
    };
    const answers = await rig.decisions.requestAll([sale, spend, other], limits);
    expect(answers.map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable', 'pending']);
    expect(rig.published).toEqual([sale, other]);
  });

  test('that does not fit is refused whole', async () => {
    const rig = createRig({ maxWaiting: 2 });
    await expect(rig.decisions.requestAll([tillOf(), tillOf(), tillOf()], limits)).rejects.toThrow(TooManyWaitingError);
    expect(await rig.decisions.requestAll([], limits)).toEqual([]);
  });
});
