import { describe, expect, it } from 'vitest';
import { MerchantInvalidError, merchantTerms, parseMerchant } from '../../src/domain/index.ts';

const document = {
  merchant_id: '6F1F64B4-3C5F-4C0E-9B52-1F6B8F0C2A11',
  shop_domain: 'Corner-Shop.myshopify.com',
  webhook_secrets: ['new secret', 'old secret'],
  currency: 'USD',
  earning_rule: { points: 1, per_minor_units: 100 },
};

const faultsOf = (value: unknown): readonly string[] => {
  try {
    parseMerchant(value);
    return [];
  } catch (thrown) {
    if (thrown instanceof MerchantInvalidError) return thrown.faults;
    throw thrown;
  }
};

describe('parseMerchant', () => {
  it('reads a document, fills in defaults and writes names one way', () => {
    expect(parseMerchant({ ...document, _id: 1, added_by: 'somebody' })).toStrictEqual({
      merchantId: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
      shopDomain: 'corner-shop.myshopify.com',
      webhookSecrets: ['new secret', 'old secret'],
      currency: 'USD',
      earningRule: { points: 1, perMinorUnits: 100 },
      defaultLocale: 'en',
      retentionDays: 180,
      rateLimitPerSecond: 40,
      tierBonuses: new Map(),
      overdraft: { tillSpends: 'refuse', clawBacks: 'forgive' },
      customerValidation: 'core',
    });
  });

  it('takes what the merchant has set', () => {
    expect(
      parseMerchant({ ...document, default_locale: 'iw', retention_days: 90, rate_limit_per_second: 250 }),
    ).toMatchObject({ defaultLocale: 'he', retentionDays: 90, rateLimitPerSecond: 250 });
  });

  it.each([
    [1, []],
    [100_000, []],
    [0, ['rate_limit_per_second must be at least 1']],
    [100_001, ['rate_limit_per_second must be at most 100000']],
    [40.5, ['rate_limit_per_second must be an integer']],
    ['40', ['rate_limit_per_second must be an integer']],
    [null, ['rate_limit_per_second must be an integer']],
  ])('with a rate limit of %j has the faults %j', (rate_limit_per_second, faults) => {
    expect(faultsOf({ ...document, rate_limit_per_second })).toStrictEqual(faults);
  });

  it.each([
    [{ gold: 500, 'silver-2': 1 }, []],
    [{ gold: 0 }, ['tier_bonuses.gold must be greater than 0']],
    [{ 'gold card': 5 }, ['tier_bonuses.gold card must be named by letters, digits, hyphens or underscores']],
    [[], ['tier_bonuses must be an object of tiers and points']],
  ])('with tier bonuses of %j has the faults %j', (tier_bonuses, faults) => {
    expect(faultsOf({ ...document, tier_bonuses })).toStrictEqual(faults);
  });

  it('reads back what merchantTerms has written', () => {
    const settings = parseMerchant({
      ...document,
      ...{ tier_bonuses: { gold: 500 }, overdraft_policy: { till_spends: 'debt' }, customer_validation: 'off' },
    });
    expect(parseMerchant({ merchant_id: settings.merchantId, ...merchantTerms(settings) })).toStrictEqual(settings);
  });

  it('lists every fault at once', () => {
    expect(
      faultsOf({
        merchant_id: 'acme',
        shop_domain: 'https://acme.example',
        webhook_secrets: ['', 5],
        currency: 'ZZZ',
        earning_rule: { points: 0, per_minor_units: 1.5 },
        default_locale: '??',
        retention_days: 89,
      }),
    ).toStrictEqual([
      'merchant_id must be a UUID',
      'shop_domain must be a host name',
      'webhook_secrets.0 must not be empty',
      'webhook_secrets.1 must be text',
      'currency must be an ISO 4217 code',
      'earning_rule.points must be greater than 0',
      'earning_rule.per_minor_units must be an integer',
      'default_locale must be a BCP 47 language tag',
      'retention_days must be at least 90',
    ]);
  });

  it('wants at least one secret', () => {
    expect(faultsOf({ ...document, webhook_secrets: [] })).toStrictEqual([
      'webhook_secrets must hold at least one secret',
    ]);
  });

  it.each([null, undefined, 'text', []])('refuses %j, which is no document', (value) => {
    expect(faultsOf(value)).toStrictEqual(['the document must be an object']);
  });

  it('does not print a secret', () => {
    const secret = 'shpss-never-to-be-seen';
    const error = (() => {
      try {
        return parseMerchant({ ...document, webhook_secrets: [secret, { secret }], currency: secret });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(MerchantInvalidError);
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain(secret);
  });
});
