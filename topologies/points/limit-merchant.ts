import type { IngestCommand, SeenEvent } from '../../src/contracts/index.ts';
import { type Processor, rateLimit, type StoreDefinition, stringSerde } from '../../src/streams/index.ts';
import type { PointsParts } from './ports.ts';
import { eventKey, isFromWebhook } from './records.ts';
import { deferredCommandsStore } from './stores.ts';

/**
 * Holds each merchant to its rate: what comes faster waits in order and is decided as tokens flow in. Redemptions and
 * tills do not wait behind a sale: only what webhooks bring is limited.
 *
 * @param seen where `dedupe` remembers events. One that waits is remembered from the beginning, so that it cannot come
 * again meanwhile; when it is refused in the end it must be forgotten, or its replay would be taken for a repeat.
 */
export const limitMerchant = (
  name: string,
  seen: StoreDefinition<SeenEvent>,
  { serdes, merchants, buckets, onRateLimit }: Pick<PointsParts, 'serdes' | 'merchants' | 'buckets' | 'onRateLimit'>,
): Processor<string, IngestCommand, string, IngestCommand> =>
  rateLimit<string, IngestCommand>(name, {
    store: deferredCommandsStore(),
    buckets,
    keyOf: ({ value }) => value.merchant_id,
    isLimited: ({ value }) => isFromWebhook(value),
    limitOf: async (merchantId) => {
      const merchant = await merchants.byId(merchantId);
      // Nobody's events are refused where they are decided.
      if (merchant === undefined) return null;
      // One second's worth may come at once.
      return { ratePerSecond: merchant.rateLimitPerSecond, burst: merchant.rateLimitPerSecond };
    },
    takeBack: {
      stores: [seen],
      create: (context) => {
        const events = context.store(seen);
        return ({ value }) => {
          events.delete(eventKey(value));
        };
      },
    },
    keySerde: stringSerde,
    valueSerde: serdes.ingest,
    isAsRead: true,
    ...(onRateLimit && { hooks: onRateLimit }),
  });
