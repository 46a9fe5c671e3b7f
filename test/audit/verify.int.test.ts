import { randomUUID } from 'node:crypto';
import { Long, UUID } from 'mongodb';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { verifyBooks } from '../../src/audit/index.ts';
import type { Projections } from '../../src/audit/ports.ts';
import { nilUuid } from '../../src/contracts/index.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { accountOf, booksRig, type BooksRig, saying } from './books-rig.ts';

let books: BooksRig;
beforeEach(async () => {
  books = await booksRig(onTestFinished);
});

/** Two accounts of one merchant and one of another, rightly written everywhere. */
const cleanBooks = async () => {
  const [merchant, other] = [randomUUID(), randomUUID()];
  const [ann, ben, cid] = [accountOf(merchant), accountOf(merchant), accountOf(other)] as const;
  await books.write([...ann, ...ben, ...cid]);
  return { merchant, other, ann, ben, cid };
};

const whose = (of: readonly { readonly merchant_id: string; readonly customer_id: string }[]) => ({
  merchantId: of[0]?.merchant_id,
  customerId: of[0]?.customer_id,
});

describe('books that are right', () => {
  it('are found right, and what was looked at is counted', async () => {
    const { merchant } = await cleanBooks();
    expect(await books.verify()).toEqual({
      ...{ accounts: 3, entries: 9, ledgerEntries: 9, redemptions: 0, cached: 3, points: 48, begunBefore: 0 },
      ...{ faults: 0, firstFaults: [] },
    });
    expect(await books.verify({ merchantId: merchant })).toMatchObject({ accounts: 2, entries: 6, faults: 0 });
  });

  it('may lack what the cache has forgotten, and are right where there is nothing at all', async () => {
    expect(await books.verify()).toMatchObject({ accounts: 0, faults: 0 });
    const { ann } = await cleanBooks();
    await books.cache.del(`cache:${ann[0]!.merchant_id}:${ann[0]!.customer_id}:points`);
    expect(await books.verify()).toMatchObject({ cached: 2, faults: 0 });
  });

  it('may lack an order’s id where an erasure is on record, and nowhere else', async () => {
    const { ann } = await cleanBooks();
    await books.transactions.updateOne(books.lineOf(ann[1]!), { $unset: { order_id: 1 } });
    const before = await books.verify();
    expect(before.firstFaults.map(saying)).toEqual([
      'points_transactions: order_id of sequence 2 is gone, and no erasure is on record',
    ]);
    const { merchant_id, customer_id } = ann[0]!;
    const act = { kind: 'action', event_type: 'customer.redact', sequence: 0, points: 0, balance_after: 0 } as const;
    await books.toAudit([auditEntry({ ...act, merchant_id, customer_id })]);
    expect(await books.verify()).toMatchObject({ faults: 0 });
  });

  it('may hold refusals and acts in the audit log, which move no points', async () => {
    const { merchant } = await cleanBooks();
    await books.toAudit([
      auditEntry({ kind: 'refusal', merchant_id: merchant, sequence: 0, reason: 'UNKNOWN_TIER' }),
      auditEntry({ kind: 'action', merchant_id: nilUuid, customer_id: nilUuid, event_type: 'points.replay' }),
    ]);
    expect(await books.verify()).toMatchObject({ entries: 9, faults: 0 });
  });

  it('may be older than what the audit log still holds: the ledger alone tells then, and its chain is checked', async () => {
    const { ann } = await cleanBooks();
    const partition = books.partitionOf(ann[0]!.merchant_id);
    const { low } = await books.rig.admin.offsets({ topic: books.names.audit, partition });
    // The first entry of one account is gone by retention.
    await books.rig.admin.deleteRecords([{ topic: books.names.audit, partition, offset: low + 1 }]);
    expect(await books.verify()).toMatchObject({ begunBefore: 1, faults: 0 });
    await books.transactions.updateOne(books.lineOf(ann[0]!), { $set: { points: 9 } });
    expect((await books.verify()).firstFaults[0]).toMatchObject({
      ...whose(ann),
      what: 'balance_after of sequence 1 is 10, but 0 + 9 makes 9',
    });
  });
});

/** What is done to books that were right, and what must be told of them. */
const plants: readonly (readonly [
  title: string,
  plant: (clean: Awaited<ReturnType<typeof cleanBooks>>) => Promise<unknown>,
  faults: readonly string[],
])[] = [
  [
    'an entry dropped from the ledger',
    ({ ann }) => books.transactions.deleteOne(books.lineOf(ann[1]!)),
    ['points_transactions: sequence 2 (event ID) is not there', 'points_transactions: sequence 2 is missing'],
  ],
  [
    'the newest entry dropped from the ledger',
    ({ ann }) => books.transactions.deleteOne(books.lineOf(ann[2]!)),
    ['points_transactions: sequence 3 (event ID) is not there'],
  ],
  [
    'an entry doubled in the ledger, under another event and the next sequence',
    ({ ann }) => books.toLedger([{ ...ann[1]!, event_id: randomUUID(), sequence: 4, balance_after: 26 }]),
    ['points_transactions: sequence 4 (event ID) is not in audit_log'],
  ],
  [
    'an entry doubled in the audit log as it is',
    ({ ann }) => books.toAudit([ann[2]!]),
    ['audit_log: sequence 3 comes twice'],
  ],
  [
    'an entry doubled in the audit log under the next sequence',
    ({ ann }) => books.toAudit([{ ...ann[1]!, sequence: 4, balance_after: 26 }]),
    [
      'points_transactions: of sequence 4 (event ID) sequence is 2 instead of 4, balance_after is 20 instead of 26',
      'points.balances: the newest record is sequence 3 instead of sequence 4',
      'cache: the cache says 16 points as of sequence 3 instead of 4',
    ],
  ],
  [
    'points changed in the ledger',
    ({ ann }) => books.transactions.updateOne(books.lineOf(ann[1]!), { $set: { points: 11 } }),
    [
      'points_transactions: of sequence 2 (event ID) points is 11 instead of 10',
      'points_transactions: balance_after of sequence 2 is 20, but 10 + 11 makes 21',
    ],
  ],
  [
    'a balance changed in the ledger',
    ({ ann }) => books.transactions.updateOne(books.lineOf(ann[2]!), { $set: { balance_after: Long.fromNumber(17) } }),
    [
      'points_transactions: of sequence 3 (event ID) balance_after is 17 instead of 16',
      'points_transactions: balance_after of sequence 3 is 17, but 20 - 4 makes 16',
    ],
  ],
  [
    'a sentence changed in the ledger',
    ({ ann }) => books.transactions.updateOne(books.lineOf(ann[0]!), { $set: { description: 'You earned nothing' } }),
    ['points_transactions: of sequence 1 (event ID) description is another'],
  ],
  [
    'an entry moved to another tenant',
    ({ ann, other }) => books.transactions.updateOne(books.lineOf(ann[2]!), { $set: { merchant_id: new UUID(other) } }),
    [
      'points_transactions: sequence 3 (event ID) is not there',
      'points_transactions: sequences 1 to 2 are missing',
      'points_transactions: sequence 3 (event ID) is not in audit_log',
    ],
  ],
  [
    'an entry of a tenant that nobody knows',
    ({ ann }) =>
      books.toLedger([{ ...ann[0]!, event_id: randomUUID(), merchant_id: randomUUID(), customer_id: randomUUID() }]),
    ['points_transactions: sequence 1 (event ID) is not in audit_log'],
  ],
  [
    'a wrong value in the cache',
    async ({ ann }) => {
      const value = JSON.stringify({ balance: 17, sequence: 3 });
      await books.cache.set(`cache:${ann[0]!.merchant_id}:${ann[0]!.customer_id}:points`, value);
    },
    ['cache: the cache says 17 points as of sequence 3 instead of 16'],
  ],
  [
    'a value in the cache that is newer than the books',
    ({ ann }) => books.toCache([{ ...ann[2]!, sequence: 9, balance_after: 99 }]),
    ['cache: the cache says 99 points as of sequence 9, which is not in audit_log'],
  ],
  [
    'a wrong balance in points.balances',
    ({ ann }) => books.toBalances([{ ...ann[2]!, balance_after: 15 }]),
    ['points.balances: the newest record says 15 points instead of 16'],
  ],
  [
    'a balance in points.balances that goes back',
    ({ ann }) => books.toBalances([ann[1]!]),
    ['points.balances: the newest record is sequence 2 instead of sequence 3'],
  ],
  [
    'an account in points.balances that has no entry',
    ({ ann }) => books.toBalances([{ ...ann[0]!, customer_id: randomUUID() }]),
    ['points.balances: sequence 1 with 10 points is not in audit_log'],
  ],
];

describe('books with a fault planted', () => {
  it.each(plants)('%s: fails, and names the account and what differs', async (_title, plant, faults) => {
    const clean = await cleanBooks();
    await plant(clean);
    const report = await books.verify();
    expect(report.firstFaults.map(saying).sort()).toEqual([...faults].sort());
    expect(report.faults).toBe(faults.length);
  });

  it('names the account that is wrong, and no other', async () => {
    const { ann, ben } = await cleanBooks();
    await books.transactions.updateOne(books.lineOf(ben[1]!), { $set: { points: 11 } });
    const { firstFaults } = await books.verify();
    expect(firstFaults.map(({ customerId }) => customerId)).toEqual([ben[0]!.customer_id, ben[0]!.customer_id]);
    expect(firstFaults[0]).toMatchObject(whose(ben));
    // Another merchant's proof does not look at it.
    expect(await books.verify({ merchantId: randomUUID() })).toMatchObject({ accounts: 0, faults: 0 });
    expect(await books.verify({ merchantId: ann[0]!.merchant_id })).toMatchObject({ faults: 2 });
  });

  it('an entry dropped from the audit log', async () => {
    const account = accountOf(randomUUID());
    await books.write(account, { inAudit: (entries) => entries.filter(({ sequence }) => sequence !== 2) });
    expect((await books.verify()).firstFaults.map(saying)).toEqual(['audit_log: sequence 2 is missing']);
  });

  it('the first and the newest entries dropped from the audit log', async () => {
    const account = accountOf(randomUUID());
    await books.write(account, { inAudit: (entries) => entries.filter(({ sequence }) => sequence === 2) });
    expect((await books.verify()).firstFaults.map(saying)).toEqual([
      'audit_log: sequence 1 is missing',
      'points_transactions: sequence 3 (event ID) is not in audit_log',
      'points.balances: sequence 3 with 16 points is not in audit_log',
      'cache: the cache says 16 points as of sequence 3, which is not in audit_log',
    ]);
  });

  it('a record of the audit log under another tenant’s key, and one that cannot be read', async () => {
    const { ann, other } = await cleanBooks();
    const { audit } = books.names;
    const moved = { ...ann[0]!, event_id: randomUUID(), customer_id: randomUUID() };
    await books.sendRaw(audit, other, other, books.serializeAudit(moved));
    await books.sendRaw(audit, other, other, Buffer.from('rubbish'));
    const report = await books.verify();
    const said = report.firstFaults.map(saying).join('\n');
    expect(said).toMatch(/audit_log: record \d\/\d+ is about ID, but stands under this key/);
    expect(said).toMatch(/audit_log: record \d\/\d+ cannot be read: The value is not in the registry wire format/);
    expect(report.firstFaults[0]?.merchantId).toBe(other);
  });
});

describe('redemptions', () => {
  const step = (status: 'pending' | 'completed' | 'failed', token: string, merchant_id: string) =>
    auditEntry({
      ...{ kind: 'redemption', event_type: 'reward.redemption', merchant_id, status, sequence: 3, type: 'spend' },
      ...{ idempotency_token: token, reward_id: randomUUID(), redemption_id: randomUUID() },
    });
  const keep = (merchant: string, token: string, status: string) =>
    books.connection.database
      .collection('reward_redemptions')
      .insertOne(
        { merchant_id: new UUID(merchant), idempotency_token: new UUID(token), reward_id: new UUID(), status },
        { bypassDocumentValidation: true },
      );

  it('agree where each has the status of its last step', async () => {
    const { merchant } = await cleanBooks();
    const [open, done, lost, refused] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as const;
    await books.toAudit([
      ...[open, done, lost].map((token) => step('pending', token, merchant)),
      ...[step('completed', done, merchant), step('failed', lost, merchant), step('failed', refused, merchant)],
    ]);
    await keep(merchant, open, 'pending');
    await keep(merchant, done, 'completed');
    await keep(merchant, lost, 'failed');
    expect(await books.verify()).toMatchObject({ redemptions: 4, faults: 0 });
  });

  it.each([
    ['pending', 'completed', 'redemption ID is pending instead of completed'],
    ['failed', 'completed', 'redemption ID is failed instead of completed'],
    [undefined, 'completed', 'redemption ID is not there instead of completed'],
    [undefined, 'pending', 'redemption ID is not there instead of pending'],
    ['completed', 'pending', 'redemption ID is completed, but pending in audit_log'],
  ] as const)('that are %s where the last step says %s are named', async (kept, last, what) => {
    const { merchant } = await cleanBooks();
    const token = randomUUID();
    await books.toAudit([
      step('pending', token, merchant),
      ...(last === 'pending' ? [] : [step(last, token, merchant)]),
    ]);
    if (kept !== undefined) await keep(merchant, token, kept);
    expect((await books.verify()).firstFaults.map(saying)).toEqual([`reward_redemptions: ${what}`]);
  });
});

describe('books that are written while they are compared', () => {
  it('cannot be compared before the projections have read what they follow', async () => {
    await cleanBooks();
    await expect(books.verifyAsItIs()).rejects.toMatchObject({ code: 'PROJECTION_BEHIND', retryable: true });
    await books.catchUp(['ledger']);
    await expect(books.verifyAsItIs()).rejects.toThrow(/-balances has read/);
    await books.catchUp(['balances']);
    expect(await books.verifyAsItIs()).toMatchObject({ faults: 0 });
  });

  it('may be ahead of where the audit log was read to, if it has said so since', async () => {
    const account = accountOf(randomUUID());
    await books.write(account.slice(0, 2));
    await books.catchUp(['ledger', 'balances']);
    const parts = await books.parts();
    let isWritten = false;
    const projections: Projections = {
      // It is asked as soon as it is settled up to where the audit log is read.
      past: async () => {
        if (!isWritten) await books.write(account.slice(2));
        isWritten = true;
      },
    };
    const partitions = [books.partitionOf(account[0]!.merchant_id)];
    expect(await verifyBooks({ ...parts, partitions, projections })).toMatchObject({
      ...{ entries: 2, ledgerEntries: 3, cached: 1, faults: 0 },
    });
  });
});
