import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { plainAudit } from '../../src/contracts/index.ts';
import { orderEarnEventId } from '../../src/domain/index.ts';
import { ann, ben, day, hour, jpy, noon, ordered, pointsRig, serdes, usd } from './points-rig.ts';

const reasonOf = (letter: { readonly headers: Readonly<Record<string, unknown>> }): string =>
  String(letter.headers['__streams.errors.code']);

describe('an order', () => {
  it('earns points: told to everyone who follows, from one decision', async () => {
    const { orders, earned, audit, balances, deadLetters, account } = pointsRig();
    await orders({ order: '5001', amountMinor: 12_999 });
    const event = orderEarnEventId(usd, '5001');
    const common = { merchant_id: usd, customer_id: ann, schema_version: '1.0.0', correlation_id: 'correlation-5001' };
    expect(audit()).toEqual([
      {
        ...common,
        event_id: event,
        event_type: 'order.created',
        points: 129,
        type: 'earn',
        sequence: 1,
        balance_after: 129,
        locale: 'en',
        description: 'You earned 129 points',
        rule: '1 point per 100 minor units',
        order_id: '5001',
        amount_minor: 12_999,
        delivery_id: 'delivery-5001',
        retention_days: 90,
        ...plainAudit,
        created_at: noon,
      },
    ]);
    expect(earned()).toEqual([
      {
        key: usd,
        value: {
          ...common,
          event_id: event,
          points: 129,
          type: 'earn',
          locale: 'en',
          description: 'You earned 129 points',
          created_at: noon,
        },
        timestamp: noon,
        headers: { correlation_id: 'correlation-5001' },
      },
    ]);
    expect(balances()).toEqual([
      {
        key: `${usd}:${ann}`,
        value: { ...common, balance: 129, sequence: 1, updated_at: noon },
        timestamp: noon,
        headers: { correlation_id: 'correlation-5001' },
      },
    ]);
    expect(deadLetters()).toEqual([]);
    expect(await account()).toEqual({ balance: 129, sequence: 1 });
  });

  it('is dated by when it happened, not by when it was decided', async () => {
    const { orders, audit } = pointsRig();
    await orders({ order: '1', occurredAt: noon - 5 * hour });
    expect(audit().map(({ created_at }) => created_at)).toEqual([noon - 5 * hour]);
  });

  it('too small for a point makes an entry of 0 all the same, so that it is known for ever', async () => {
    const { orders, audit, earned, seen } = pointsRig();
    await orders({ order: '1', amountMinor: 99 });
    expect(audit()).toMatchObject([{ points: 0, sequence: 1, balance_after: 0 }]);
    expect(earned()).toMatchObject([{ value: { points: 0 } }]);
    expect(await seen('1')).toEqual({ expires_at: noon + day, source: 'points.ingest/0/0' });
  });

  it('in a currency without decimals counts whole units', async () => {
    const { orders, audit } = pointsRig();
    await orders({ order: '1', merchant: jpy, amountMinor: 14_319, currency: 'JPY' });
    expect(audit()).toMatchObject([{ points: 143, merchant_id: jpy }]);
  });
});

describe('the same order', () => {
  it('by another delivery is dropped, in the same batch and later', async () => {
    const { orders, audit, world } = pointsRig();
    await orders({ order: '1', delivery: 'first' }, { order: '1', delivery: 'second' }, { order: '2' });
    await orders({ order: '1', delivery: 'third' });
    expect(audit().map(({ delivery_id, sequence }) => [delivery_id, sequence])).toEqual([
      ['first', 1],
      ['delivery-2', 2],
    ]);
    expect(world.duplicates).toBe(2);
  });

  it('at another merchant is another one', async () => {
    const { orders, audit } = pointsRig();
    await orders({ order: '1' }, { order: '1', merchant: jpy, currency: 'JPY' });
    expect(audit().map(({ merchant_id }) => merchant_id)).toEqual([usd, jpy]);
  });

  it('23 hours later is known from the store, and nobody is asked', async () => {
    const { orders, audit, driver, world } = pointsRig();
    await orders({ order: '1' });
    await driver.advanceWallClockTime(23 * hour);
    await orders({ order: '1' });
    expect(audit()).toHaveLength(1);
    expect(world.asked).toEqual([]);
  });
});

describe('customers', () => {
  it('have accounts of their own, each with its own sequence', async () => {
    const { orders, audit, account } = pointsRig();
    await orders(
      { order: '1', customer: ann, amountMinor: 500 },
      { order: '2', customer: ben, amountMinor: 700 },
      { order: '3', customer: ann, amountMinor: 900 },
    );
    expect(audit().map(({ customer_id, sequence, balance_after }) => [customer_id, sequence, balance_after])).toEqual([
      [ann, 1, 5],
      [ben, 1, 7],
      [ann, 2, 14],
    ]);
    expect([await account(ann), await account(ben)]).toEqual([
      { balance: 14, sequence: 2 },
      { balance: 7, sequence: 1 },
    ]);
  });

  it('of two merchants have nothing in common, also with the same id', async () => {
    const { orders, account } = pointsRig();
    await orders({ order: '1', amountMinor: 500 }, { order: '2', merchant: jpy, currency: 'JPY', amountMinor: 700 });
    expect([await account(ann, usd), await account(ann, jpy)]).toEqual([
      { balance: 5, sequence: 1 },
      { balance: 7, sequence: 1 },
    ]);
  });

  it('have a sequence without gap or repeat over many batches, duplicates and bad orders between', async () => {
    const { orders, audit, account, driver } = pointsRig();
    const sequences = new Map<string, number[]>();
    for (let batch = 0; batch < 20; batch += 1) {
      const many = Array.from({ length: 25 }, (_, index) => {
        const number = batch * 20 + index;
        const currency = number % 13 === 0 ? 'EUR' : 'USD';
        return { order: String(number), customer: number % 3 === 0 ? ben : ann, amountMinor: 100, currency };
      });
      await orders(...many);
      // Each second's are below the merchant's rate limit.
      await driver.advanceWallClockTime(1_000);
      for (const { customer_id, sequence, balance_after } of audit()) {
        expect(balance_after).toBe(sequence);
        sequences.set(customer_id, [...(sequences.get(customer_id) ?? []), sequence]);
      }
    }
    for (const found of sequences.values()) expect(found).toEqual(found.map((_, index) => index + 1));
    // 405 different orders, every 13th of them in the wrong currency.
    expect([...sequences.values()].flat()).toHaveLength(405 - 32);
    expect(await account(ann)).toEqual({ balance: sequences.get(ann)?.length, sequence: sequences.get(ann)?.length });
  });
});

describe('an order that the rules refuse', () => {
  it('ends in the dead letters as it came, with the reason, and is not marked as seen', async () => {
    const { orders, audit, earned, balances, deadLetters, seen, account } = pointsRig();
    await orders({ order: '1', currency: 'EUR' });
    const [letter, ...others] = deadLetters();
    expect(others).toEqual([]);
    expect(letter?.value).toEqual(serdes.ingest.serialize(ordered({ order: '1', currency: 'EUR' })));
    expect(letter?.headers).toMatchObject({
      correlation_id: 'correlation-1',
      '__streams.errors.code': 'CURRENCY_MISMATCH',
      '__streams.errors.message': 'Amount is in EUR, but the merchant earns on USD',
      '__streams.errors.node': 'decide',
      '__streams.errors.topic': 'points.ingest',
      '__streams.errors.retryable': 'false',
    });
    expect([audit(), earned(), balances()]).toEqual([[], [], []]);
    expect([await seen('1'), await account()]).toEqual([undefined, undefined]);
  });

  it('is applied once when it is replayed after the settings have changed', async () => {
    const { orders, audit, deadLetters, world } = pointsRig();
    await orders({ order: '1', currency: 'EUR', amountMinor: 500 });
    expect(deadLetters().map(reasonOf)).toEqual(['CURRENCY_MISMATCH']);
    const settings = world.merchants.get(usd)!;
    world.merchants.set(usd, { ...settings, currency: 'EUR' });
    const replayed = { order: '1', currency: 'EUR', amountMinor: 500, delivery: 'replay' };
    await orders(replayed, replayed);
    await orders(replayed);
    expect(audit()).toMatchObject([{ points: 5, sequence: 1, delivery_id: 'replay' }]);
    expect(deadLetters()).toEqual([]);
  });

  it('costs its neighbours nothing', async () => {
    const { orders, audit, deadLetters } = pointsRig();
    await orders({ order: '1' }, { order: '2', currency: 'EUR' }, { order: '3' }, { order: '4', merchant: ann });
    expect(audit().map(({ order_id, sequence }) => [order_id, sequence])).toEqual([
      ['1', 1],
      ['3', 2],
    ]);
    expect(deadLetters().map(reasonOf)).toEqual(['CURRENCY_MISMATCH', 'UNKNOWN_MERCHANT']);
  });

  it('has an amount below zero', async () => {
    const { orders, deadLetters } = pointsRig();
    await orders({ order: '1', amountMinor: -1 });
    expect(deadLetters().map(reasonOf)).toEqual(['AMOUNT_INVALID']);
  });
});

describe('a record that cannot be read', () => {
  it.each([
    ['is no Avro at all', Buffer.from('{"order":1}')],
    ['has a schema nobody knows', Buffer.from([0, 0, 0, 3, 231, 1, 2, 3])],
    ['is cut off', serdes.ingest.serialize(ordered({ order: '2' })).subarray(0, 40)],
    ['is empty', Buffer.alloc(0)],
  ])('and %s goes to the dead letters between good ones that are applied', async (_what, bytes) => {
    const { raw, audit, deadLetters } = pointsRig();
    await raw({ order: '1' }, bytes, { order: '3' });
    expect(audit().map(({ order_id, sequence }) => [order_id, sequence])).toEqual([
      ['1', 1],
      ['3', 2],
    ]);
    const [letter, ...others] = deadLetters();
    expect(others).toEqual([]);
    expect(letter?.value).toEqual(bytes);
    expect(letter?.headers).toMatchObject({
      '__streams.errors.code': 'DESERIALIZATION_FAILED',
      '__streams.errors.stage': 'deserialization',
      '__streams.errors.offset': '1001',
    });
  });
});

describe('an order older than the window', () => {
  const lastMonth = noon - 30 * day;

  it('is looked up in the ledger, which must be complete up to a window ago', async () => {
    const { orders, audit, world } = pointsRig();
    await orders({ order: 'new' }, { order: 'old', occurredAt: lastMonth });
    expect(audit().map(({ order_id }) => order_id)).toEqual(['new', 'old']);
    expect(world.asked).toEqual([
      { events: [{ merchantId: usd, eventId: orderEarnEventId(usd, 'old') }], before: noon - day },
    ]);
  });

  it('is paid once: what the ledger holds is dropped', async () => {
    const { orders, audit, world } = pointsRig();
    world.ledger.add(`${usd}:${orderEarnEventId(usd, 'paid')}`);
    await orders({ order: 'paid', occurredAt: lastMonth }, { order: 'unpaid', occurredAt: lastMonth });
    expect(audit().map(({ order_id }) => order_id)).toEqual(['unpaid']);
    expect(world.duplicates).toBe(1);
  });

  it('of another merchant says nothing about this one', async () => {
    const { orders, audit, world } = pointsRig();
    world.ledger.add(`${jpy}:${orderEarnEventId(usd, 'old')}`);
    await orders({ order: 'old', occurredAt: lastMonth });
    expect(audit()).toHaveLength(1);
  });

  it('waits while the ledger is away; nothing of its batch is committed meanwhile', async () => {
    const { orders, audit, world, deadLetters } = pointsRig({ onRetryable: 'keep-trying' });
    world.ledgerError = new DependencyUnavailableError('The ledger');
    await expect(orders({ order: 'new' }, { order: 'old', occurredAt: lastMonth })).rejects.toThrow(
      'The ledger is not available',
    );
    expect([audit(), deadLetters()]).toEqual([[], []]);
    world.ledgerError = null;
    await orders({ order: 'new' }, { order: 'old', occurredAt: lastMonth });
    expect(audit()).toHaveLength(2);
  });

  it('ends in the dead letters when the ledger stays away, alone, and may be replayed', async () => {
    const { orders, audit, world, deadLetters, seen } = pointsRig();
    world.ledgerError = new DependencyUnavailableError('The ledger');
    await orders({ order: 'new' }, { order: 'old', occurredAt: lastMonth });
    expect(audit().map(({ order_id }) => order_id)).toEqual(['new']);
    const [letter] = deadLetters();
    expect(letter?.headers['__streams.errors.retryable']).toBe('true');
    expect(await seen('old')).toBe(undefined);
    world.ledgerError = null;
    await orders({ order: 'old', occurredAt: lastMonth });
    expect(audit()).toMatchObject([{ order_id: 'old', sequence: 2 }]);
  });
});

describe('settings that cannot be had', () => {
  it('have the batch tried again', async () => {
    const { orders, audit, world } = pointsRig({ onRetryable: 'keep-trying' });
    world.merchantsError = new DependencyUnavailableError('MongoDB');
    await expect(orders({ order: '1' })).rejects.toMatchObject({ retryable: true });
    world.merchantsError = null;
    await orders({ order: '1' });
    expect(audit()).toMatchObject([{ order_id: '1', sequence: 1 }]);
  });

  it('make a dead letter that may be replayed when they stay away', async () => {
    const { orders, audit, world, deadLetters, seen } = pointsRig();
    world.merchantsError = new DependencyUnavailableError('MongoDB');
    await orders({ order: '1' });
    const [letter] = deadLetters();
    expect(letter?.headers).toMatchObject({
      '__streams.errors.code': 'DEPENDENCY_UNAVAILABLE',
      '__streams.errors.retryable': 'true',
    });
    expect(await seen('1')).toBe(undefined);
    world.merchantsError = null;
    await orders({ order: '1' });
    expect(audit()).toMatchObject([{ order_id: '1', sequence: 1 }]);
  });
});

describe('the description', () => {
  it.each([
    ['en', 100, 'en', 'You earned 1 point'],
    ['en-GB', 700, 'en', 'You earned 7 points'],
    ['ar', 200, 'ar', 'كسبت نقطتين'],
    ['ar-EG', 500, 'ar', 'كسبت 5 نقاط'],
    ['he', 100, 'he', 'צברת נקודה אחת'],
    ['he-IL', 20_000, 'he', 'צברת 200 נקודות'],
    ['fr', 300, 'en', 'You earned 3 points'],
  ])('for a customer who reads %s', async (locale, amountMinor, language, text) => {
    const { orders, audit, earned } = pointsRig();
    await orders({ order: '1', locale, amountMinor });
    expect(audit()).toMatchObject([{ locale: language, description: text }]);
    expect(earned()).toMatchObject([{ value: { locale: language, description: text } }]);
  });

  it("is in the merchant's language where there is none in the customer's", async () => {
    const { orders, audit } = pointsRig();
    await orders({ order: '1', merchant: jpy, currency: 'JPY', amountMinor: 200, locale: 'ja' });
    expect(audit()).toMatchObject([{ locale: 'he', description: 'צברת שתי נקודות' }]);
  });
});

describe('what is decided', () => {
  it('is the same bytes when it is decided again', async () => {
    const decided = async (): Promise<unknown> => {
      const { orders, driver } = pointsRig();
      await orders({ order: '1' }, { order: '2', locale: 'ar', currency: 'EUR' }, { order: '3', customer: ben });
      return ['audit_log', 'points.earned', 'points.balances'].map((topic) => driver.readBytes(topic));
    };
    expect(await decided()).toEqual(await decided());
  });

  it('says nothing of a person beyond ids', async () => {
    const { orders, driver } = pointsRig();
    await orders({ order: '1' });
    const text = driver
      .readBytes('audit_log')
      .map(({ value }) => value?.toString())
      .join();
    expect(text).not.toMatch(/@|\+\d{6}/);
  });
});
