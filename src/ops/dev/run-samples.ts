import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '../../common/errors.ts';
import type { BalanceAnswer, BalanceClient } from './balance-client.ts';
import type { DevMerchant } from './dev-file.ts';
import { orderBody } from './order-body.ts';
import { customerIdAt, type DemoShop, type SampleOrder } from './sample-orders.ts';
import type { HttpAnswer } from '../../common/http-request.ts';
import type { Delivery } from './webhook.ts';

/** The languages every balance is shown in. */
export const shownLocales = ['en', 'ar', 'he'] as const;
export type ShownLocale = (typeof shownLocales)[number];

/** What came of one sample. */
export interface SampleOutcome {
  readonly sample: SampleOrder;
  /** Null for a guest, who has none. */
  readonly balance: number | null;
  readonly descriptions: Readonly<Record<ShownLocale, string>> | null;
  /** The front door's own words. */
  readonly answer: string;
  /** What is not as it must be; empty when all is right. */
  readonly faults: readonly string[];
}

export interface RunSamplesOptions {
  /** Brings a delivery to the front door. */
  readonly deliver: (delivery: Delivery) => Promise<HttpAnswer>;
  readonly balances: BalanceClient;
  readonly merchants: Readonly<Record<DemoShop, DevMerchant>>;
  readonly samples: readonly SampleOrder[];
  /** Told each outcome as it comes. */
  readonly shown: (outcome: SampleOutcome) => void;
  /** How long a balance may take to be right; milliseconds. */
  readonly withinMs: number;
}

const pollEveryMs = 20;
/** A description must be written in its language's letters; a number alone has none. */
const letters: Readonly<Record<ShownLocale, RegExp>> = {
  en: /\p{Script=Latin}/u,
  ar: /\p{Script=Arabic}/u,
  he: /\p{Script=Hebrew}/u,
};

/** The front door's answer in a few words, and why it left a delivery alone where it did. */
const saidBy = ({ status, text }: HttpAnswer): { readonly text: string; readonly ignored: string | null } => {
  if (status !== 200) return { text: `answered ${status}`, ignored: null };
  const receipt = JSON.parse(text) as { readonly status?: string; readonly reason?: string };
  if (receipt.status !== 'ignored') return { text: receipt.status ?? '', ignored: null };
  return { text: `ignored: ${receipt.reason ?? 'no reason'}`, ignored: receipt.reason ?? '' };
};

/**
 * Sends the samples one after the other and reads each customer's balance until it is what the sample states on top of
 * the balance the customer had before. At the end every balance is read once more: by then a delivery that must not
 * count, and did, would show.
 * @returns what was not right; empty when all was
 */
export const runSamples = async (options: RunSamplesOptions): Promise<readonly string[]> => {
  const { deliver, balances, merchants, samples, shown, withinMs } = options;
  const wanted = new Map<string, number>();
  const faults: string[] = [];

  const read = (sample: SampleOrder, shopifyId: string, locale: string): Promise<BalanceAnswer> => {
    const merchant = merchants[sample.shop];
    const customerId = customerIdAt(merchant.merchant_id, shopifyId);
    const own = merchant.tokens['customer:points:view'];
    // The one customer who has a token reads with it; for the others the merchant does.
    const token = (own.customer_id === customerId ? own.token : merchant.tokens['merchant:points:view']) ?? '';
    return balances.read({ merchantId: merchant.merchant_id, customerId, locale, token });
  };

  const readUntil = async (sample: SampleOrder, shopifyId: string, balance: number): Promise<BalanceAnswer> => {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const answer = await read(sample, shopifyId, 'en');
      if (answer.balance === balance || performance.now() > deadline) return answer;
      await sleep(pollEveryMs);
    }
  };

  const send = async (sample: SampleOrder): Promise<SampleOutcome> => {
    const merchant = merchants[sample.shop];
    const answer = await deliver({
      shopDomain: merchant.shop_domain,
      secret: merchant.webhook_secrets[0] ?? '',
      webhookId: randomUUID(),
      eventId: randomUUID(),
      triggeredAt: Date.now(),
      body: orderBody(sample.order),
    });
    const said = saidBy(answer);
    const isAsWanted = answer.status === 200 && (sample.ignored ?? null) === said.ignored;
    const wrong = isAsWanted ? [] : [`${sample.title}: answered ${answer.status} ${answer.text}`];
    const outcome = { sample, answer: said.text, faults: wrong };
    if (sample.shopifyCustomerId === null) return { ...outcome, balance: null, descriptions: null };

    const account = `${sample.shop}/${sample.shopifyCustomerId}`;
    const balance = (wanted.get(account) ?? 0) + sample.points;
    wanted.set(account, balance);
    const english = await readUntil(sample, sample.shopifyCustomerId, balance);
    const [arabic, hebrew] = [
      await read(sample, sample.shopifyCustomerId, 'ar'),
      await read(sample, sample.shopifyCustomerId, 'he'),
    ];
    const answers = { en: english, ar: arabic, he: hebrew };
    for (const locale of shownLocales) {
      const { balance: is, description } = answers[locale];
      if (is !== balance) wrong.push(`${sample.title}: the balance (${locale}) is ${is} and must be ${balance}`);
      if (!letters[locale].test(description)) wrong.push(`${sample.title}: "${description}" is not ${locale}`);
    }
    const descriptions = { en: english.description, ar: arabic.description, he: hebrew.description };
    return { ...outcome, balance: english.balance, descriptions };
  };

  for (const sample of samples) {
    const account = `${sample.shop}/${sample.shopifyCustomerId}`;
    if (sample.shopifyCustomerId === null || wanted.has(account)) continue;
    wanted.set(account, (await read(sample, sample.shopifyCustomerId, 'en')).balance);
  }
  for (const sample of samples) {
    try {
      const outcome = await send(sample);
      shown(outcome);
      faults.push(...outcome.faults);
    } catch (thrown) {
      faults.push(`${sample.title}: ${toError(thrown).message}`);
    }
  }
  const asked = new Set<string>();
  for (const sample of samples) {
    const account = `${sample.shop}/${sample.shopifyCustomerId}`;
    if (sample.shopifyCustomerId === null || asked.has(account)) continue;
    asked.add(account);
    const { balance } = await read(sample, sample.shopifyCustomerId, 'en');
    const want = wanted.get(account) ?? 0;
    if (balance !== want) faults.push(`${sample.title}: at the end the balance is ${balance} and must be ${want}`);
  }
  return faults;
};
