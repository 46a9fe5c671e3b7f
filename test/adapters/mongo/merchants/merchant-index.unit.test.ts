import { type Document, ObjectId, UUID } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { createMerchantIndex } from '../../../../src/adapters/mongo/merchants/merchant-index.ts';
import { type LogFields, silentLogger } from '../../../../src/common/logger.ts';

const id = '7c2c1f0e-54c4-4a26-9d0a-0f8f6d1b8c11';

const document = (changes: Document = {}): Document => ({
  _id: new ObjectId('65f000000000000000000001'),
  merchant_id: new UUID(id),
  shop_domain: 'one.myshopify.com',
  webhook_secrets: ['hush'],
  currency: 'USD',
  earning_rule: { points: 1, per_minor_units: 100 },
  ...changes,
});

const createRig = () => {
  const lines: LogFields[] = [];
  const logger = { ...silentLogger, error: (fields: LogFields) => void lines.push(fields) };
  return { index: createMerchantIndex(logger), lines };
};

describe('the index of merchants', () => {
  test('knows a merchant by shop domain and by id', () => {
    const { index } = createRig();
    index.put(document());
    const settings = {
      ...{ merchantId: id, shopDomain: 'one.myshopify.com', webhookSecrets: ['hush'], currency: 'USD' },
      ...{ earningRule: { points: 1, perMinorUnits: 100 }, defaultLocale: 'en', retentionDays: 180 },
      ...{ rateLimitPerSecond: 40, tierBonuses: new Map(), customerValidation: 'core' },
      overdraft: { tillSpends: 'refuse', clawBacks: 'forgive' },
    };
    expect(index.byShopDomain('one.myshopify.com')).toEqual(settings);
    expect(index.byId(id)).toEqual(settings);
    expect(index.byShopDomain('two.myshopify.com')).toBeUndefined();
  });

  test('forgets the old domain of a shop that moved', () => {
    const { index } = createRig();
    index.put(document());
    index.put(document({ shop_domain: 'new.myshopify.com' }));
    expect(index.byShopDomain('one.myshopify.com')).toBeUndefined();
    expect(index.byShopDomain('new.myshopify.com')?.merchantId).toBe(id);
  });

  test('forgets a merchant that is gone, but not who has the domain since', () => {
    const { index } = createRig();
    index.put(document());
    const successor = { _id: new ObjectId(), merchant_id: new UUID() };
    index.put(document(successor));
    index.remove(document()['_id']);
    index.remove(new ObjectId());
    expect(index.byId(id)).toBeUndefined();
    expect(index.byShopDomain('one.myshopify.com')?.merchantId).toBe(successor.merchant_id.toString());
  });

  test('keeps the settings it has when they become unusable, and tells what is wrong without a value', () => {
    const { index, lines } = createRig();
    const broken = document({ currency: 'no such', webhook_secrets: ['hush', ''] });
    index.put(document());
    index.put(broken);
    expect(index.byId(id)?.currency).toBe('USD');
    index.replaceAll([broken]);
    expect(index.byId(id)?.currency).toBe('USD');
    expect(lines).toEqual(
      [0, 1].map(() => ({
        merchant_id: id,
        faults: ['webhook_secrets.1 must not be empty', 'currency must be an ISO 4217 code'],
      })),
    );
  });

  test('has no place for one that never was usable', () => {
    const { index, lines } = createRig();
    index.replaceAll([document({ merchant_id: 'no UUID' }), document({ _id: 2, shop_domain: 'two.myshopify.com' })]);
    expect(index.byShopDomain('one.myshopify.com')).toBeUndefined();
    expect(index.byShopDomain('two.myshopify.com')).toBeDefined();
    expect(JSON.stringify(lines)).not.toContain('hush');
  });

  test('forgets all that a new reading does not have', () => {
    const { index } = createRig();
    index.put(document());
    index.replaceAll([]);
    expect(index.byId(id)).toBeUndefined();
  });
});
