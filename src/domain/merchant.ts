/** 1 point per whole unit of a currency with two decimals is `{ points: 1, perMinorUnits: 100 }`. */
export interface EarningRule {
  /** Points given for every full step; an integer > 0. */
  readonly points: number;
  /** Size of a step in the currency's minor units; an integer > 0. What is left of a started step earns nothing. */
  readonly perMinorUnits: number;
}

/** What happens where an account has fewer points than are to be taken. */
export interface OverdraftPolicy {
  /** A spend that a till has recorded offline: refused and reported, or taken, so that the customer owes points. */
  readonly tillSpends: 'refuse' | 'debt';
  /** Points of a cancelled or refunded order: what the account does not have is forgiven, or owed. */
  readonly clawBacks: 'forgive' | 'debt';
}

/** What a merchant has settled with us; read from the `merchants` collection. */
export interface MerchantSettings {
  /** UUID; the namespace of every id made for this merchant. */
  readonly merchantId: string;
  /** Lower case, e.g. `example.myshopify.com`. */
  readonly shopDomain: string;
  /** Secrets that may sign this shop's webhooks: several while one is rotated. Never logged. */
  readonly webhookSecrets: readonly string[];
  /** ISO 4217 code of the shop's money; orders in another are refused. */
  readonly currency: string;
  readonly earningRule: EarningRule;
  /** BCP 47 tag used where the customer's language has no translation. */
  readonly defaultLocale: string;
  /** How long audit entries are kept, 90-180 days. */
  readonly retentionDays: number;
  /**
   * Events of the shop's webhooks that are decided a second, 1-100,000; what comes faster is deferred, not dropped. One
   * second's worth may come at once.
   */
  readonly rateLimitPerSecond: number;
  /** Bonus points by Campaign's tier_id; integers > 0. */
  readonly tierBonuses: ReadonlyMap<string, number>;
  readonly overdraft: OverdraftPolicy;
  /** Whether Core must know a customer before points move; it is not asked otherwise. */
  readonly customerValidation: 'core' | 'off';
}

/** What is settled with a merchant unless it is settled otherwise. */
export const usualTerms: Omit<
  MerchantSettings,
  'merchantId' | 'shopDomain' | 'webhookSecrets' | 'currency' | 'earningRule'
> = {
  defaultLocale: 'en',
  retentionDays: 180,
  rateLimitPerSecond: 40,
  tierBonuses: new Map(),
  overdraft: { tillSpends: 'refuse', clawBacks: 'forgive' },
  customerValidation: 'core',
};
