import { z } from 'zod';
import { PointsError } from '../common/errors.ts';
import { isUuid } from './identity.ts';
import { negotiateLocale } from './texts/locale.ts';
import { type MerchantSettings, usualTerms } from './merchant.ts';
import { isKnownCurrency } from './money.ts';

/** Settings of a merchant that cannot be used. Lists every fault by field; values, and so secrets, are never quoted. */
export class MerchantInvalidError extends PointsError {
  readonly code = 'MERCHANT_INVALID';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Merchant settings are not usable: ${faults.join('; ')}`, { facts: { faults: faults.length } });
    this.faults = faults;
  }
}

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

const positiveInteger = z.int('must be an integer').positive('must be greater than 0');

/** Also a name that MongoDB takes as a field's. */
const tierId = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const merchantDocument = z.object({
  merchant_id: z.string('must be text').refine(isUuid, 'must be a UUID').toLowerCase(),
  shop_domain: z.string('must be text').toLowerCase().regex(hostName, 'must be a host name'),
  webhook_secrets: z
    .array(z.string('must be text').min(1, 'must not be empty'), 'must be a list')
    .min(1, 'must hold at least one secret'),
  currency: z.string('must be text').toUpperCase().refine(isKnownCurrency, 'must be an ISO 4217 code'),
  earning_rule: z.object({ points: positiveInteger, per_minor_units: positiveInteger }, 'must be an object'),
  default_locale: z
    .string('must be text')
    .transform((tag) => negotiateLocale(tag, ''))
    .refine((tag) => tag !== '', 'must be a BCP 47 language tag')
    .default(usualTerms.defaultLocale),
  retention_days: z
    .int('must be an integer')
    .min(90, 'must be at least 90')
    .max(180, 'must be at most 180')
    .default(usualTerms.retentionDays),
  rate_limit_per_second: z
    .int('must be an integer')
    .min(1, 'must be at least 1')
    .max(100_000, 'must be at most 100000')
    .default(usualTerms.rateLimitPerSecond),
  tier_bonuses: z
    .record(z.string().regex(tierId), positiveInteger, {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'must be named by letters, digits, hyphens or underscores'
          : 'must be an object of tiers and points',
    })
    .default(Object.fromEntries(usualTerms.tierBonuses)),
  overdraft_policy: z
    .object(
      {
        till_spends: z.enum(['refuse', 'debt'], 'must be refuse or debt').default(usualTerms.overdraft.tillSpends),
        claw_backs: z.enum(['forgive', 'debt'], 'must be forgive or debt').default(usualTerms.overdraft.clawBacks),
      },
      'must be an object',
    )
    .prefault({}),
  customer_validation: z.enum(['core', 'off'], 'must be core or off').default(usualTerms.customerValidation),
});

const describe = ({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string =>
  path.length === 0 ? `the document ${message}` : `${path.map(String).join('.')} ${message}`;

/**
 * Settings from a document of the `merchants` collection, as plain JavaScript values: `{ merchant_id, shop_domain,
 * webhook_secrets: [], currency, earning_rule: { points, per_minor_units }, default_locale = 'en', retention_days =
 * 180, rate_limit_per_second = 40, tier_bonuses = {}, overdraft_policy = { till_spends: 'refuse', claw_backs: 'forgive' },
 * customer_validation = 'core' }`. Other fields are left alone.
 * @throws MerchantInvalidError listing every fault
 */
export const parseMerchant = (document: unknown): MerchantSettings => {
  const parsed = merchantDocument.safeParse(document, { error: () => 'must be an object' });
  if (!parsed.success) throw new MerchantInvalidError(parsed.error.issues.map(describe));
  const { data } = parsed;
  return {
    merchantId: data.merchant_id,
    shopDomain: data.shop_domain,
    webhookSecrets: data.webhook_secrets,
    currency: data.currency,
    earningRule: { points: data.earning_rule.points, perMinorUnits: data.earning_rule.per_minor_units },
    defaultLocale: data.default_locale,
    retentionDays: data.retention_days,
    rateLimitPerSecond: data.rate_limit_per_second,
    tierBonuses: new Map(Object.entries(data.tier_bonuses)),
    overdraft: { tillSpends: data.overdraft_policy.till_spends, clawBacks: data.overdraft_policy.claw_backs },
    customerValidation: data.customer_validation,
  };
};

/** The fields of a document of `merchants` but the merchant_id: what `parseMerchant` reads them from. */
export const merchantTerms = (settings: Omit<MerchantSettings, 'merchantId'>): Readonly<Record<string, unknown>> => ({
  shop_domain: settings.shopDomain,
  webhook_secrets: [...settings.webhookSecrets],
  currency: settings.currency,
  earning_rule: { points: settings.earningRule.points, per_minor_units: settings.earningRule.perMinorUnits },
  default_locale: settings.defaultLocale,
  retention_days: settings.retentionDays,
  rate_limit_per_second: settings.rateLimitPerSecond,
  tier_bonuses: Object.fromEntries(settings.tierBonuses),
  overdraft_policy: { till_spends: settings.overdraft.tillSpends, claw_backs: settings.overdraft.clawBacks },
  customer_validation: settings.customerValidation,
});
