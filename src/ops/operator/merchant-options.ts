import type { MerchantDocument } from '../../adapters/mongo/index.ts';
import { readSecrets } from './secrets.ts';

/** The options of `points merchants add|set` as they were typed. */
export interface MerchantOptions {
  readonly merchantId?: string;
  readonly shopDomain?: string;
  readonly currency?: string;
  readonly earningPoints?: string;
  readonly earningPerMinorUnits?: string;
  readonly defaultLocale?: string;
  readonly retentionDays?: string;
  readonly rateLimit?: string;
  /** `tier=points` */
  readonly tierBonus?: readonly string[];
  readonly removeTier?: readonly string[];
  readonly tillSpends?: string;
  readonly clawBacks?: string;
  readonly customerValidation?: string;
  readonly secretFile?: readonly string[];
  readonly secretEnv?: readonly string[];
  readonly removeSecretFile?: readonly string[];
  readonly removeSecretEnv?: readonly string[];
  readonly onlyTheseSecrets?: true;
}

type Fields = Readonly<Record<string, unknown>>;

export interface MerchantFields {
  /** The fields the options name, as a document of `merchants` would have them: not checked yet. */
  readonly fields: Fields;
  /** What is wrong with options that no field shows. */
  readonly faults: readonly string[];
}

/** A whole number, or the text as it is: then the settings' own check says what it must be. */
const numberOf = (text: string): number | string => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

const objectOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

const given = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The fields of an object that the options change some of; undefined where they change none. */
const merged = (before: unknown, changes: Fields): Fields | undefined =>
  Object.keys(given(changes)).length === 0 ? undefined : { ...objectOf(before), ...given(changes) };

const tiersOf = (before: unknown, { tierBonus = [], removeTier = [] }: MerchantOptions): MerchantFields => {
  if (tierBonus.length === 0 && removeTier.length === 0) return { fields: {}, faults: [] };
  const tiers = new Map(Object.entries(objectOf(before)));
  const faults = removeTier.filter((tier) => !tiers.delete(tier)).map((tier) => `tier_bonuses has no tier ${tier}`);
  for (const bonus of tierBonus) {
    const [, tier = bonus, points = ''] = /^(.*)=(.*)$/s.exec(bonus) ?? [];
    tiers.set(tier, numberOf(points));
  }
  return { fields: { tier_bonuses: Object.fromEntries(tiers) }, faults };
};

const secretsOf = async (before: unknown, options: MerchantOptions): Promise<MerchantFields> => {
  const { secretFile, secretEnv, removeSecretFile, removeSecretEnv, onlyTheseSecrets } = options;
  const added = await readSecrets({ files: secretFile, variables: secretEnv });
  const removed = await readSecrets({ files: removeSecretFile, variables: removeSecretEnv });
  const faults = [...added.faults, ...removed.faults];
  const isTouched = onlyTheseSecrets === true || added.secrets.length + removed.secrets.length > 0;
  if (!isTouched) return { fields: {}, faults };
  const held: readonly unknown[] = Array.isArray(before) ? before : [];
  for (const secret of removed.secrets) {
    if (!held.includes(secret)) faults.push('webhook_secrets does not hold the secret that is to be removed');
  }
  const kept = onlyTheseSecrets ? [] : held.filter((secret) => !removed.secrets.includes(String(secret)));
  return { fields: { webhook_secrets: [...new Set([...kept, ...added.secrets])] }, faults };
};

/** What the options make of a merchant, who is empty where it is to be added. */
export const merchantFieldsOf = async (
  before: Partial<MerchantDocument>,
  options: MerchantOptions,
): Promise<MerchantFields> => {
  const { earningPoints, earningPerMinorUnits, retentionDays, rateLimit, tillSpends, clawBacks } = options;
  const optionalNumber = (text: string | undefined) => (text === undefined ? undefined : numberOf(text));
  const tiers = tiersOf(before['tier_bonuses'], options);
  const secrets = await secretsOf(before['webhook_secrets'], options);
  const fields = given({
    shop_domain: options.shopDomain,
    currency: options.currency,
    earning_rule: merged(before['earning_rule'], {
      points: optionalNumber(earningPoints),
      per_minor_units: optionalNumber(earningPerMinorUnits),
    }),
    default_locale: options.defaultLocale,
    retention_days: optionalNumber(retentionDays),
    rate_limit_per_second: optionalNumber(rateLimit),
    overdraft_policy: merged(before['overdraft_policy'], { till_spends: tillSpends, claw_backs: clawBacks }),
    customer_validation: options.customerValidation,
    ...tiers.fields,
    ...secrets.fields,
  });
  return { fields, faults: [...tiers.faults, ...secrets.faults] };
};
