import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  connectMongo,
  createLedgerStore,
  createOutcomeReader,
  createRedemptionStore,
  type MongoConnection,
} from '../../../../src/adapters/mongo/index.ts';
import { systemClock } from '../../../../src/common/clock.ts';
import { DependencyUnavailableError } from '../../../../src/common/errors.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import type { AuditEntry, IngestCommand } from '../../../../src/contracts/index.ts';
import { questionOf } from '../../../../src/requests/asked.ts';
import type { OutcomeStore } from '../../../../src/requests/ports.ts';
import { auditEntry } from '../../../support/audit-entries.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { redemptionSteps } from '../../../support/redemption-steps.ts';
import { customerId, merchantId, outcomeFor, redemptionOf, rewardId, tillOf } from '../../../support/requests.ts';
import { sharedServers } from '../../../support/servers.ts';
import { tcpDoor } from '../../../support/tcp-door.ts';

let connection: MongoConnection;
let reader: OutcomeStore;
beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  reader = createOutcomeReader({ connection, deadlineMs: 2_000 });
});

let sequence = 0;
/** The entry of a command, as the ledger's projection writes it. */
const write = async (command: IngestCommand, changes: Partial<AuditEntry>): Promise<void> => {
  const { event_id, merchant_id, customer_id, correlation_id } = command;
  const entry = auditEntry({
    ...{ event_id, merchant_id, customer_id, correlation_id, event_type: 'pos.transaction', sequence: (sequence += 1) },
    ...changes,
  });
  const refusals = await createLedgerStore({ connection, clock: systemClock, logger: silentLogger }).append([entry]);
  expect(refusals).toEqual([]);
};

/** Steps of a redemption, as their projection writes them. */
const redeem = async (command: IngestCommand, ...steps: readonly Partial<AuditEntry>[]): Promise<void> => {
  const { merchant_id, customer_id, correlation_id } = command;
  const { reward_id, idempotency_token, points } = command.command['points.RedemptionRequested']!;
  const ids = { merchant_id, customer_id, correlation_id, reward_id, idempotency_token, points };
  const { pending } = redemptionSteps(ids);
  const entries = [pending, ...steps.map((step) => ({ ...pending, event_id: randomUUID(), ...step }))];
  expect(await createRedemptionStore({ connection, logger: silentLogger }).apply(entries)).toEqual([]);
};

describe('the outcome of a redemption', () => {
  const common = { ...outcomeFor(redemptionOf({}, { merchant_id: merchantId })), balance_after: null };

  // Each has a reward of its own: a reward is given once.
  test.each([
    ['pending', [], {}],
    ['completed', [{ status: 'completed', task_id: rewardId }], { status: 'completed', task_id: rewardId }],
    ['failed', [{ status: 'failed', reason: 'TIMED_OUT' }], { status: 'failed', reason: 'TIMED_OUT' }],
  ] as const)('that is %s is read by its token', async (_, steps, expected) => {
    const reward_id = randomUUID();
    const command = redemptionOf({ reward_id, points: 3_000_000_000 });
    await redeem(command, ...steps);
    expect(await reader.find(questionOf(command))).toEqual({
      ...{ ...common, event_id: command.event_id, reward_id, points: 3_000_000_000 },
      ...expected,
    });
  });

  test('is not there before its document, though its debit is', async () => {
    const command = redemptionOf();
    await write(command, { event_type: 'reward.redemption', type: 'spend', points: 100 });
    expect(await reader.find(questionOf(command))).toBeUndefined();
  });

  test('is another merchant’s for nobody else', async () => {
    const command = redemptionOf({ reward_id: randomUUID() });
    await redeem(command);
    const elsewhere = { ...questionOf(command), merchantId: randomUUID() };
    expect(await reader.find(elsewhere)).toBeUndefined();
  });
});

describe('the outcome of a till’s item', () => {
  const plain = { merchant_id: merchantId, customer_id: customerId, correlation_id: 'correlation-1' };
  const nothing = { status: null, reason: null, reward_id: null, task_id: null };

  test('is its entry', async () => {
    const command = tillOf();
    await write(command, { type: 'spend', points: 100, balance_after: 29 });
    expect(await reader.find(questionOf(command))).toEqual({
      ...{ ...plain, ...nothing, event_id: command.event_id },
      ...{ kind: 'ledger', type: 'spend', points: 100, balance_after: 29 },
    });
  });

  test('is the entry of the order that it names', async () => {
    const command = tillOf({ type: 'earn', points: 50, order_id: '820982911946154508' });
    await write(command, { event_type: 'order.created', type: 'earn', points: 129, balance_after: 158 });
    expect(await reader.find(questionOf(command))).toMatchObject({ kind: 'ledger', points: 129, balance_after: 158 });
  });

  test('is a refusal where a spend has left an entry of no points', async () => {
    const command = tillOf();
    await write(command, { type: 'spend', points: 0, balance_after: 29 });
    expect(await reader.find(questionOf(command))).toEqual({
      ...{ ...plain, ...nothing, event_id: command.event_id, kind: 'refusal', type: 'spend' },
      ...{ points: null, reason: 'INSUFFICIENT_POINTS', balance_after: 29 },
    });
  });

  test('is acceptance where a sale was too small for a point', async () => {
    const command = tillOf({ type: 'earn', points: 0, amount_minor: 5, currency: 'USD' });
    await write(command, { type: 'earn', points: 0, balance_after: 29 });
    expect(await reader.find(questionOf(command))).toMatchObject({ kind: 'ledger', points: 0, reason: null });
  });

  test('is the redemption that its token was used for', async () => {
    const redemption = redemptionOf({ reward_id: randomUUID() });
    await redeem(redemption);
    const { idempotency_token } = redemption.command['points.RedemptionRequested']!;
    expect(await reader.find(questionOf(tillOf({ idempotency_token })))).toMatchObject({ kind: 'redemption' });
  });
});

test('An entry is found by the unique index of events', async () => {
  const filter = { merchant_id: new UUID(), event_id: new UUID() };
  const plan = await connection.database.collection('points_transactions').find(filter).explain('queryPlanner');
  expect(JSON.stringify(plan)).toContain('idx_event_id');
});

test('A MongoDB that is away is given up in time', async () => {
  const address = new URL(sharedServers().mongo.replace('mongodb://', 'http://'));
  const door = await tcpDoor(Number(address.port), onTestFinished);
  const uri = `mongodb://127.0.0.1:${door.port}/?directConnection=true`;
  const behind = await connectMongo({ uri, database: 'points', appName: 'points-test' });
  onTestFinished(() => behind.close());
  await door.close();
  const startedAt = performance.now();
  const asked = createOutcomeReader({ connection: behind, deadlineMs: 300 }).find(questionOf(tillOf()));
  await expect(asked).rejects.toThrow(DependencyUnavailableError);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
