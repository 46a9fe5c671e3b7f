import type { MerchantDirectory } from '../adapters/mongo/index.ts';
import { isRetryable } from '../common/errors.ts';
import { lastResortLocale } from '../domain/index.ts';
import type { DescribeBalance } from '../egress/index.ts';
import type { Texts } from './texts.ts';

export interface BalanceTextsDeps {
  readonly texts: Pick<Texts, 'messages' | 'prepare'>;
  readonly merchants: () => Pick<MerchantDirectory, 'byId'>;
}

/**
 * The sentence beside a balance. A customer who can be told how many points there are is told, whatever happens to the
 * merchant's settings: while those cannot be read, English takes the place of the merchant's language.
 */
export function createBalanceTexts({ texts, merchants }: BalanceTextsDeps): DescribeBalance {
  const defaultLocale = async (merchantId: string): Promise<string> => {
    try {
      return (await merchants().byId(merchantId))?.defaultLocale ?? lastResortLocale;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return lastResortLocale;
    }
  };
  return async (locale, merchantId, points) => {
    const merchantLocale = await defaultLocale(merchantId);
    const asked = locale === '' ? merchantLocale : locale;
    const key = points >= 0 ? 'points.balance' : 'points.owed';
    await texts.prepare(key, asked, merchantLocale);
    return texts.messages.render(key, asked, merchantLocale, { points: Math.abs(points) }).text;
  };
}
