import { randomUUID } from 'node:crypto';
import { DependencyUnavailableError } from '../../../common/errors.ts';
import { httpRequest } from '../../../common/http-request.ts';
import type { DevFile, DevMerchant } from '../dev-file.ts';
import { orderBody, type ShopifyCustomer } from '../order-body.ts';
import { customerIdAt } from '../sample-orders.ts';
import { sendWebhook } from '../send-webhook.ts';
import { redeem } from '../redeem-client.ts';

/** A hop that a saga must come by. */
export interface WantedHop {
  readonly where: string;
  readonly what: RegExp;
}

/** Something that begins with us and goes through several services; followed by one correlation id. */
export interface Saga {
  readonly title: string;
  /** Sets it going. @returns its correlation id */
  readonly begin: () => Promise<string>;
  readonly wanted: readonly WantedHop[];
}

/** None of the sample orders is theirs: what the sagas move shows in no balance that those state. */
const nadia: ShopifyCustomer = { id: '7300000000000000006', firstName: 'Nadia', lastName: 'Farouk' };
/** What there is to see: a bonus of the demo merchants' tables, an order and a reward of less than both together. */
const figures = { orderMinor: 8_000, orderPoints: 80, tier: 'silver', bonus: 100, reward: 60 } as const;

const hop = (where: string, what: RegExp): WantedHop => ({ where, what });

const order = (devFile: DevFile, merchant: DevMerchant, isCoreOurs: boolean): Saga => ({
  title: 'Shopify → points.earned → RFM Analytics → Core',
  begin: async () => {
    const now = Date.now();
    const body = orderBody({
      orderId: String(6_500_000_000_000_000_000n + BigInt(now)),
      orderNumber: 1_001 + (now % 1_000_000),
      customer: nadia,
      currency: merchant.currency,
      decimals: 2,
      subtotalMinor: figures.orderMinor,
      customerLocale: 'en',
      placedAt: now,
    });
    const { status, text } = await sendWebhook(devFile.http, {
      shopDomain: merchant.shop_domain,
      secret: merchant.webhook_secrets[0] ?? '',
      webhookId: randomUUID(),
      eventId: randomUUID(),
      triggeredAt: now,
      body,
    });
    const { correlation_id } = (status === 200 ? JSON.parse(text) : {}) as { readonly correlation_id?: string };
    if (correlation_id === undefined)
      throw new DependencyUnavailableError('The front door', { facts: { status, text } });
    return correlation_id;
  },
  wanted: [
    hop('points.ingest', /^OrderCreated/),
    hop('audit_log', /^order\.created: earn 80,/),
    hop('points.earned', /^earn 80:/),
    hop('Mongo points_transactions', /^order\.created: earn 80,/),
    ...(isCoreOurs ? [hop('Core', /^RFM:/)] : []),
    hop('AdminCore audit_log', /^order\.created: earn 80,/),
    hop('AdminCore points.earned', /^earn 80:/),
  ],
});

const tier = (devFile: DevFile, merchant: DevMerchant): Saga => ({
  title: 'Campaign → vip_tier.assigned → points.earned → AdminCore',
  begin: async () => {
    const { status, text } = await httpRequest(`${devFile.standins}/campaign/assignments`, {
      method: 'POST',
      body: JSON.stringify({
        merchant_id: merchant.merchant_id,
        customer_id: customerIdAt(merchant.merchant_id, nadia.id),
        tier_id: figures.tier,
      }),
      timeoutMs: 5_000,
    });
    if (status !== 202) throw new DependencyUnavailableError('Campaign', { facts: { status, text } });
    return (JSON.parse(text) as { readonly correlation_id: string }).correlation_id;
  },
  wanted: [
    hop('vip_tier.assigned', /^tier silver$/),
    hop('points.ingest', /^TierAssigned silver$/),
    hop('audit_log', /^vip_tier\.assigned: bonus 100,/),
    hop('points.earned', /^bonus 100:/),
    hop('Mongo points_transactions', /^vip_tier\.assigned: bonus 100,/),
    hop('AdminCore audit_log', /^vip_tier\.assigned: bonus 100,/),
    hop('AdminCore points.earned', /^bonus 100:/),
  ],
});

const redemption = (devFile: DevFile, merchant: DevMerchant): Saga => ({
  title: 'redemption → reward.redemption → Event Tracking → task.created → AdminCore',
  begin: async () => {
    const correlationId = randomUUID();
    await redeem(devFile.grpc, {
      merchantId: merchant.merchant_id,
      customerId: customerIdAt(merchant.merchant_id, nadia.id),
      rewardId: randomUUID(),
      idempotencyToken: randomUUID(),
      points: figures.reward,
      correlationId,
      locale: 'en',
      token: merchant.tokens['merchant:points:redeem'] ?? '',
    });
    return correlationId;
  },
  wanted: [
    hop('points.ingest', /^RedemptionRequested/),
    hop('audit_log', /^reward\.redemption: spend 60,/),
    hop('audit_log', /^redemption pending$/),
    hop('reward.redemption', /^60 points/),
    hop('task.created', /^task /),
    hop('points.ingest', /^RedemptionSettled completed$/),
    hop('audit_log', /^redemption completed$/),
    hop('Mongo points_transactions', /^reward\.redemption: spend 60,/),
    hop('Mongo reward_redemptions', /^completed, task /),
    hop('AdminCore audit_log', /^redemption completed$/),
    hop('AdminCore task.created', /^task /),
  ],
});

/** The sagas of a run, in the order in which each has the points it needs. */
export const sagasOf = (devFile: DevFile, { isCoreOurs }: { readonly isCoreOurs: boolean }): readonly Saga[] => {
  const [merchant] = devFile.merchants;
  if (merchant === undefined) throw new RangeError('A run has two demo merchants');
  return [order(devFile, merchant, isCoreOurs), tier(devFile, merchant), redemption(devFile, merchant)];
};
