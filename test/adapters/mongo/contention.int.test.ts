import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLedgerStore, createRedemptionStore, type MongoConnection } from '../../../src/adapters/mongo/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { writeLedger, writeRedemptions } from '../../../src/sinks/index.ts';
import { auditEntries } from '../../support/audit-entries.ts';
import { injectFailure, type InjectedFailure, startFailingMongo } from '../../support/failing-mongo.ts';
import { preparedDatabase } from '../../support/mongo-database.ts';
import { redemptionSteps } from '../../support/redemption-steps.ts';

let connection: MongoConnection;

beforeAll(async () => {
  connection = await preparedDatabase(await startFailingMongo(afterAll), afterAll);
});

const writeConflict = 112;
const notWritablePrimary = 10_107;

/** Both projections into the same server, with what they waited for and what they counted. */
const projections = () => {
  const slept: number[] = [];
  const counted: string[] = [];
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  const onWritten = (status: string, redemptions: number): void => void counted.push(`${status} ${redemptions}`);
  const redemptions = createRedemptionStore({ connection, logger: silentLogger, onWritten });
  const ledger = createLedgerStore({ connection, clock: { now: () => 1_000 }, logger: silentLogger });
  return { slept, counted, redemptions: { store: redemptions, sleep }, ledger: { store: ledger, sleep } };
};

const inject = (failure: Omit<InjectedFailure, 'commands'>) =>
  injectFailure(connection, { commands: ['insert', 'update'], ...failure });

const countOf = (collection: string, merchantId: string, filter: object = {}): Promise<number> =>
  connection.database.collection(collection).countDocuments({ merchant_id: new UUID(merchantId), ...filter });

describe('writes that others contend for', () => {
  test('of redemptions are tried again after 1, 2 and 4 s, and are then there once', async () => {
    const { slept, counted, redemptions } = projections();
    const { pending, completed } = redemptionSteps();
    await inject({ times: 3, errorCode: writeConflict });
    expect(await writeRedemptions(redemptions, [pending, completed])).toEqual([]);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect(counted).toEqual(['pending 1', 'completed 1']);
    expect(await countOf('reward_redemptions', pending.merchant_id, { status: 'completed' })).toBe(1);
  });

  test('of the ledger likewise', async () => {
    const { slept, ledger } = projections();
    const entries = auditEntries(50);
    await inject({ times: 3, errorCode: writeConflict });
    expect(await writeLedger(ledger, entries)).toEqual([]);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect(await countOf('points_transactions', entries[0]!.merchant_id)).toBe(50);
  });

  test('that go on failing are given to the caller, who brings all in later', async () => {
    const { slept, counted, redemptions } = projections();
    const { pending } = redemptionSteps();
    await inject({ times: 4, errorCode: writeConflict });
    await expect(writeRedemptions(redemptions, [pending])).rejects.toThrow(DependencyUnavailableError);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect([counted, await countOf('reward_redemptions', pending.merchant_id)]).toEqual([[], 0]);
    expect(await writeRedemptions(redemptions, [pending])).toEqual([]);
    expect(counted).toEqual(['pending 1']);
  });

  test('are not done twice where a failed bulk has done its part', async () => {
    const { slept, counted, redemptions } = projections();
    const [one, two] = [redemptionSteps(), redemptionSteps()];
    await writeRedemptions(redemptions, [one.pending, two.pending]);
    // The failed redemption goes in a bulk of its own, which is done; the second bulk then is not.
    await connection.client.db('admin').command({
      configureFailPoint: 'failCommand',
      mode: { skip: 1 },
      data: { failCommands: ['update'], errorCode: writeConflict },
    });
    const sleep = async (ms: number): Promise<void> => {
      slept.push(ms);
      await connection.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
    };
    expect(await writeRedemptions({ ...redemptions, sleep }, [one.failed, two.completed])).toEqual([]);
    expect([slept, counted]).toEqual([[1_000], ['pending 2', 'failed 1', 'completed 1']]);
  });
});

describe('a primary that steps down', () => {
  test('once is passed over by the driver, and more often by waiting', async () => {
    const { slept, counted, redemptions } = projections();
    const [one, two] = [redemptionSteps(), redemptionSteps()];
    await inject({ times: 1, errorCode: notWritablePrimary });
    expect(await writeRedemptions(redemptions, [one.pending])).toEqual([]);
    expect(slept).toEqual([]);
    await inject({ times: 4, errorCode: notWritablePrimary });
    expect(await writeRedemptions(redemptions, [two.pending])).toEqual([]);
    expect(slept).toEqual([1_000, 2_000]);
    expect(counted).toEqual(['pending 1', 'pending 1']);
  });

  test('after a write leaves it uncertain: it is written, and counted, once all the same', async () => {
    const { slept, counted, redemptions } = projections();
    const { pending, failed } = redemptionSteps();
    await writeRedemptions(redemptions, [pending]);
    await inject({ times: 1, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } });
    expect(await writeRedemptions(redemptions, [failed])).toEqual([]);
    expect(slept).toEqual([1_000]);
    expect(counted).toEqual(['pending 1', 'failed 1']);
    expect(await countOf('reward_redemptions', pending.merchant_id, { status: 'failed' })).toBe(1);
  });
});
