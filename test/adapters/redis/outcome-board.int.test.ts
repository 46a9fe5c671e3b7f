import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createOutcomeBoard, type RedisConnection } from '../../../src/adapters/redis/index.ts';
import { type AuditEntry, type Outcome, outcomeKey, outcomeOf } from '../../../src/contracts/index.ts';
import { auditEntry } from '../../support/audit-entries.ts';
import { redemptionSteps } from '../../support/redemption-steps.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let connection: RedisConnection;

beforeAll(async () => {
  connection = await redisConnection(sharedServers().redis.state, afterAll, { commandTimeoutMs: 2_000 });
});

const told = (audit: AuditEntry, kind: Outcome['kind'] = 'redemption'): Outcome => outcomeOf({ ...audit, kind });

const keyOf = ({ merchant_id, event_id }: Outcome): string => outcomeKey(merchant_id, event_id);

/** Who waits for an outcome: all that it hears on the channel. */
const listener = async (outcome: Outcome): Promise<readonly unknown[]> => {
  const { client } = await redisConnection(sharedServers().redis.state, onTestFinished);
  const heard: unknown[] = [];
  client.on('message', (channel: string, message: string) => {
    if (channel === keyOf(outcome)) heard.push(JSON.parse(message));
  });
  await client.subscribe(keyOf(outcome));
  return heard;
};

const held = async (outcome: Outcome): Promise<unknown> =>
  JSON.parse((await connection.client.get(keyOf(outcome))) ?? 'null');

/** Published messages come in the order they were sent: what comes before this one has been heard. */
const hearNothingMore = async (outcome: Outcome, heard: readonly unknown[]): Promise<void> => {
  await connection.client.publish(keyOf(outcome), '"last"');
  await until('the last message is heard', () => heard.at(-1) === 'last', 5_000);
};

describe('outcomes in Redis', () => {
  test('are kept for a day as JSON that others read, and heard by who waits', async () => {
    const outcome = told(redemptionSteps().pending);
    const heard = await listener(outcome);
    await createOutcomeBoard(connection).tell([outcome]);
    expect(await connection.client.get(keyOf(outcome))).toBe(JSON.stringify(outcome));
    expect(await connection.client.ttl(keyOf(outcome))).toBe(86_400);
    await until('it is heard', () => heard.length > 0, 5_000);
    expect(heard).toEqual([outcome]);
  });

  test.each(['completed', 'failed'] as const)('never go back from %s, whatever is told again or late', async (end) => {
    const steps = redemptionSteps();
    const [pending, ended] = [told(steps.pending), told(steps[end])];
    const other = told(end === 'completed' ? steps.failed : steps.completed);
    const heard = await listener(pending);
    const board = createOutcomeBoard(connection);
    await board.tell([pending, ended, pending, other]);
    await board.tell([pending, ended]);
    await Promise.all([board.tell([pending]), board.tell([ended]), board.tell([other, pending])]);
    expect(await held(pending)).toEqual(ended);
    await hearNothingMore(pending, heard);
    expect(heard).toEqual([pending, ended, 'last']);
  });

  test('tell only the end where it comes first', async () => {
    const steps = redemptionSteps();
    const [pending, completed] = [told(steps.pending), told(steps.completed)];
    const heard = await listener(pending);
    await createOutcomeBoard(connection).tell([completed, pending]);
    expect(await held(pending)).toEqual(completed);
    await hearNothingMore(pending, heard);
    expect(heard).toEqual([completed, 'last']);
  });

  test('have a refusal give way to what came through after all, and never the other way', async () => {
    const entry = auditEntry({ event_type: 'pos.transaction' });
    const [refusal, ledger] = [told({ ...entry, reason: 'UNKNOWN_CUSTOMER' }, 'refusal'), told(entry, 'ledger')];
    const board = createOutcomeBoard(connection);
    await board.tell([refusal]);
    expect(await held(refusal)).toEqual(refusal);
    await board.tell([ledger, refusal]);
    expect(await held(refusal)).toEqual(ledger);
    const steps = redemptionSteps();
    const refused = told({ ...steps.pending, status: null, reason: 'UNKNOWN_MERCHANT' }, 'refusal');
    await board.tell([refused, told(steps.pending), refused]);
    expect(await held(refused)).toEqual(told(steps.pending));
  });

  test('are written over what is not ours', async () => {
    const board = createOutcomeBoard(connection);
    for (const foreign of ['no JSON', '7', '[]', '{"kind":"refusal"}']) {
      const outcome = told(redemptionSteps().pending);
      await connection.client.set(keyOf(outcome), foreign);
      await board.tell([outcome]);
      expect(await held(outcome)).toEqual(outcome);
    }
    const outcome = told(redemptionSteps().pending);
    await connection.client.rpush(keyOf(outcome), 'x');
    await board.tell([outcome]);
    expect(await held(outcome)).toEqual(outcome);
  });

  test('are told by the thousands, and none of them too', async () => {
    const board = createOutcomeBoard(connection);
    await board.tell([]);
    const outcomes = Array.from({ length: 2_500 }, () => told(redemptionSteps().pending));
    await board.tell(outcomes);
    expect(await held(outcomes[2_499]!)).toEqual(outcomes[2_499]);
  });

  test('come through when the server has lost the script', async () => {
    await connection.client.script('FLUSH');
    const outcome = told(redemptionSteps().pending);
    await createOutcomeBoard(connection).tell([outcome]);
    expect(await held(outcome)).toEqual(outcome);
  });
});
