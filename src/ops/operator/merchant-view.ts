import type { MerchantDocument } from '../../adapters/mongo/index.ts';
import { MerchantInvalidError, merchantTerms, parseMerchant } from '../../domain/index.ts';
import { table } from '../table.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A merchant as operators may see it. */
export interface MerchantRow {
  readonly merchant_id: string;
  readonly shop_domain: string;
  /** Settings with their defaults, under their names in the collection; secrets only counted. Null where not usable. */
  readonly terms: Fields | null;
  /** What is wrong with the document. */
  readonly faults: readonly string[];
}

/** By its names in order, so that the order in which a document has its fields makes no difference. */
const textOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return value === undefined ? 'unset' : JSON.stringify(value);
  return `{${Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${name}: ${textOf(field)}`)
    .join(', ')}}`;
};

const secretsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Of secrets only how many came and went. */
const secretsChange = (before: readonly unknown[], after: readonly unknown[]): string | undefined => {
  const added = after.filter((secret) => !before.includes(secret)).length;
  const removed = before.filter((secret) => !after.includes(secret)).length;
  if (added + removed === 0) return undefined;
  return `webhook_secrets ${added} added, ${removed} removed, ${after.length} in all`;
};

/** Each field that differs, as `name before -> after`, without any secret. */
export const changesBetween = (before: Fields, after: Fields): readonly string[] =>
  Object.entries(after).flatMap(([name, value]) => {
    if (name === 'webhook_secrets') return secretsChange(secretsOf(before[name]), secretsOf(value)) ?? [];
    const [was, is] = [textOf(before[name]), textOf(value)];
    return was === is ? [] : [`${name} ${was} -> ${is}`];
  });

const countingSecrets = (terms: Fields): Fields => ({
  ...terms,
  webhook_secrets: secretsOf(terms['webhook_secrets']).length,
});

/** A document without its secrets, and what is wrong with it. */
export const merchantRow = (document: MerchantDocument): MerchantRow => {
  const names = { merchant_id: document.merchant_id, shop_domain: String(document['shop_domain']) };
  try {
    return { ...names, terms: countingSecrets(merchantTerms(parseMerchant(document))), faults: [] };
  } catch (error) {
    if (!(error instanceof MerchantInvalidError)) throw error;
    return { ...names, terms: null, faults: error.faults };
  }
};

const columns: readonly (readonly [heading: string, field: string])[] = [
  ['CURRENCY', 'currency'],
  ['EARNING', 'earning_rule'],
  ['LOCALE', 'default_locale'],
  ['DAYS', 'retention_days'],
  ['RATE', 'rate_limit_per_second'],
  ['VALIDATION', 'customer_validation'],
  ['OVERDRAFT', 'overdraft_policy'],
  ['SECRETS', 'webhook_secrets'],
  ['TIERS', 'tier_bonuses'],
];

const cellOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name}=${String(field)}`)
    .join(' ');
};

/** One line a merchant; what is not usable is told in place of its terms. */
export const merchantTable = (rows: readonly MerchantRow[]): string => {
  const usable = rows.map(({ merchant_id, shop_domain, terms }) => [
    ...[merchant_id, shop_domain],
    ...columns.map(([, field]) => (terms === null ? '-' : cellOf(terms[field]))),
  ]);
  const faults = rows
    .filter(({ terms }) => terms === null)
    .map((row) => `${row.merchant_id} is not usable: ${row.faults.join('; ')}\n`);
  return table(['MERCHANT', 'SHOP', ...columns.map(([heading]) => heading)], usable) + faults.join('');
};
