import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type BalanceSource, createBalanceReader } from '../../src/balances/index.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { createFakeBalanceCache } from '../support/fake-balance-cache.ts';
import { createFakeLedger } from '../support/fake-ledger.ts';

/** A reader over fakes, with a customer of three entries and a balance of 30 in the ledger. */
const createRig = async () => {
  const [cache, ledger] = [createFakeBalanceCache(), createFakeLedger()];
  const entries = auditEntries(3);
  await ledger.append(entries);
  const observed: (readonly [BalanceSource, number])[] = [];
  const warnings: string[] = [];
  const infos: string[] = [];
  let now = 1_000;
  const reader = createBalanceReader({
    cache,
    ledger,
    observe: (source, seconds) => observed.push([source, seconds]),
    logger: {
      ...silentLogger,
      warn: (_: LogFields, message) => void warnings.push(message),
      info: (_: LogFields, message) => void infos.push(message),
    },
    clock: { now: () => (now += 2) },
  });
  const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
  const read = () => reader.read(merchantId, customerId);
  return { cache, ledger, reader, read, observed, warnings, infos, merchantId, customerId };
};

describe('reading a balance', () => {
  test('answers from the cache without asking the ledger', async () => {
    const { cache, ledger, read, observed, merchantId, customerId } = await createRig();
    await cache.putIfNewer([{ merchantId, customerId, balance: 77, sequence: 9 }]);
    ledger.isAway = true;
    expect(await read()).toEqual({ merchantId, customerId, balance: 77, sequence: 9 });
    expect(observed).toEqual([['hit', 0.002]]);
  });

  test('answers from the ledger on a miss and fills the cache', async () => {
    const { cache, read, observed, merchantId, customerId } = await createRig();
    const balance = { merchantId, customerId, balance: 30, sequence: 3 };
    expect(await read()).toEqual(balance);
    expect(cache.puts).toEqual([[balance]]);
    expect(await read()).toEqual(balance);
    expect(observed.map(([source]) => source)).toEqual(['miss', 'hit']);
  });

  test('leaves what was cached while it read the ledger', async () => {
    const { cache, ledger, reader, merchantId, customerId } = await createRig();
    const newestBalance = ledger.newestBalance.bind(ledger);
    ledger.newestBalance = async (merchant, customer) => {
      const read = await newestBalance(merchant, customer);
      await cache.putIfNewer([{ merchantId, customerId, balance: 40, sequence: 4 }]);
      return read;
    };
    expect((await reader.read(merchantId, customerId)).sequence).toBe(3);
    expect((await reader.read(merchantId, customerId)).sequence).toBe(4);
  });

  test('answers 0 for a customer without entries, and does not cache it', async () => {
    const { cache, ledger, reader, merchantId } = await createRig();
    const customerId = randomUUID();
    expect(await reader.read(merchantId, customerId)).toEqual({ merchantId, customerId, balance: 0, sequence: 0 });
    expect(cache.puts).toEqual([]);
    await ledger.append(auditEntries(1, { merchant_id: merchantId, customer_id: customerId }));
    expect((await reader.read(merchantId, customerId)).balance).toBe(10);
  });

  test('answers from the ledger while the cache is away, and says so once', async () => {
    const { cache, read, observed, warnings, infos } = await createRig();
    cache.isAway = true;
    expect((await read()).balance).toBe(30);
    expect((await read()).balance).toBe(30);
    expect(observed.map(([source]) => source)).toEqual(['miss', 'miss']);
    expect(warnings).toEqual(['Balance cache cannot be read, so the ledger is', 'Balance cache cannot be filled']);
    cache.isAway = false;
    await read();
    await read();
    expect(infos).toEqual(['Balance cache is read again', 'Balance cache is filled again']);
  });

  test('fails when neither answers, and is not observed', async () => {
    const { cache, ledger, read, observed } = await createRig();
    cache.isAway = true;
    ledger.isAway = true;
    await expect(read()).rejects.toThrow(DependencyUnavailableError);
    expect(observed).toEqual([]);
  });

  test('asks the ledger once for many who miss at the same moment, and anew for those who come later', async () => {
    const { cache, ledger, read } = await createRig();
    cache.isAway = true;
    let asked = 0;
    const newestBalance = ledger.newestBalance.bind(ledger);
    ledger.newestBalance = (merchant, customer) => {
      asked += 1;
      return newestBalance(merchant, customer);
    };
    const balances = await Promise.all(Array.from({ length: 50 }, read));
    expect(balances.map(({ balance }) => balance)).toEqual(Array.from({ length: 50 }, () => 30));
    expect(asked).toBe(1);
    await read();
    expect(asked).toBe(2);
  });

  test('does not keep a failed read for those who come later', async () => {
    const { cache, ledger, read } = await createRig();
    cache.isAway = true;
    ledger.isAway = true;
    await Promise.allSettled([read(), read()]);
    ledger.isAway = false;
    expect((await read()).balance).toBe(30);
  });
});
