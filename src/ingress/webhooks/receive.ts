import type { Clock } from '../../common/clock.ts';
import type { MerchantSettings } from '../../domain/index.ts';
import type { DeliveryHeaders } from './headers.ts';
import type { IgnoredReason } from './order.ts';
import type { CommandPublisher, ProcessedLookup, ShopDirectory } from '../ports.ts';
import { DeliveryRefusedError } from '../problem.ts';
import { isSignedBy } from './signature.ts';
import type { WebhookTopic } from './topics.ts';

/** A webhook as it came in. */
interface Delivery {
  /** By the path it came to. */
  readonly topic: WebhookTopic;
  readonly headers: DeliveryHeaders;
  /** The very bytes that were signed. */
  readonly rawBody: Buffer;
  readonly correlationId: string;
}

/** What is learnt about a delivery on the way, for the log: ids of ours and tags, nothing else of the body. */
export interface DeliveryFacts {
  merchant_id?: string;
  customer_id?: string;
  event_id?: string;
  locale?: string;
  /** Of a delivery that is not authenticated: the shop it claims to be from, and what did not fit. Never answered. */
  shop_domain?: string | null;
  unauthorized_because?: 'header_missing' | 'shop_unknown' | 'signature_wrong';
}

/** A delivery that was taken: the answer's JSON. `buffered`: it is safe, and is published once Kafka is back. */
export type Receipt =
  | { readonly status: 'accepted' | 'buffered'; readonly event_id: string; readonly correlation_id: string }
  | { readonly status: 'duplicate' }
  | { readonly status: 'ignored'; readonly reason: IgnoredReason };

export interface ReceiverDeps {
  readonly shops: ShopDirectory;
  readonly publisher: CommandPublisher;
  readonly processed: ProcessedLookup;
  readonly clock: Clock;
}

/**
 * Takes one delivery; `facts` is filled in as they become known, also where the delivery is refused.
 * @throws DeliveryRefusedError when it is not signed, or not what its topic brings
 * @throws DependencyUnavailableError when it must be sent again later
 */
export type Receiver = (delivery: Delivery, facts: DeliveryFacts) => Promise<Receipt>;

/** One answer for a missing header, an unknown shop and a wrong signature: which shops exist is nobody's business. */
const authenticate = async (
  shops: ShopDirectory,
  { headers, rawBody }: Delivery,
  facts: DeliveryFacts,
): Promise<MerchantSettings> => {
  const { shopDomain, signature } = headers;
  const refuse = (because: DeliveryFacts['unauthorized_because'] & string): DeliveryRefusedError => {
    Object.assign(facts, { shop_domain: shopDomain, unauthorized_because: because });
    return new DeliveryRefusedError('unauthorized');
  };
  if (shopDomain === null || signature === null) throw refuse('header_missing');
  const merchant = await shops.byShopDomain(shopDomain);
  const signed = isSignedBy(rawBody, signature, merchant?.webhookSecrets ?? []);
  if (merchant === undefined) throw refuse('shop_unknown');
  if (!signed) throw refuse('signature_wrong');
  Object.assign(facts, { merchant_id: merchant.merchantId });
  return merchant;
};

const checkHeaders = ({ topic, contentEncoding }: DeliveryHeaders, expected: WebhookTopic): void => {
  if (topic !== null && topic !== expected.name) throw new DeliveryRefusedError('topic_unexpected');
  if (contentEncoding !== null && contentEncoding.toLowerCase() !== 'identity') {
    throw new DeliveryRefusedError('content_encoding_unsupported');
  }
};

export const createReceiver =
  ({ shops, publisher, processed, clock }: ReceiverDeps): Receiver =>
  async (delivery, facts) => {
    const { topic, headers, rawBody, correlationId } = delivery;
    const merchant = await authenticate(shops, delivery, facts);
    checkHeaders(headers, topic);

    const { deliveryId } = headers;
    const normalized = topic.normalize({
      ...{ rawBody, merchant, deliveryId, correlationId },
      ...{ sharesSecret: shops.sharesSecret(merchant), receivedAt: clock.now() },
    });
    if ('ignored' in normalized) return { status: 'ignored', reason: normalized.ignored };

    const { command, known } = normalized;
    const { event_id, customer_id, locale } = command;
    Object.assign(facts, { event_id, customer_id, locale });

    if (await processed.isProcessed(merchant.merchantId, event_id, deliveryId)) return { status: 'duplicate' };
    const outcome = await publisher.publish(command, known);
    return { status: outcome === 'buffered' ? outcome : 'accepted', event_id, correlation_id: correlationId };
  };
