import type { IngestCommand, SeenEvent } from '../../src/contracts/index.ts';
import {
  type ConsumedRecord,
  type Processor,
  rateLimit,
  type StoreDefinition,
  stringSerde,
} from '../../src/streams/index.ts';
import { marksOfWaiting } from './marks-of-waiting.ts';
import { isFromWebhook } from './commands.ts';
import type { PointsParts } from './ports.ts';
import { deferredCommandsStore } from './stores.ts';

/**
 * Holds each merchant to its rate: what comes faster waits in order and is decided as tokens flow in. Redemptions and
 * tills do not wait behind a sale: only what webhooks bring is limited.
 *
 * @param seen where `dedupe` remembers events. One that waits is remembered from the beginning, so that it cannot come
 * again meanwhile.
 * @param waited told of each record whose turn has come
 */
export const limitMerchant = (
  name: string,
  seen: StoreDefinition<SeenEvent>,
  waited: Pick<WeakSet<ConsumedRecord>, 'add'>,
  {
    serdes,
    merchants,
    buckets,
    onRateLimit,
    onDuplicate,
  }: Pick<PointsParts, 'serdes' | 'merchants' | 'buckets' | 'onRateLimit' | 'onDuplicate'>,
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
    remembered: {
      stores: [seen],
      create: (context) => {
        const marks = marksOfWaiting(context, context.store(seen), onDuplicate);
        return {
          ...marks,
          resume: async (records) => {
            const resumed = await marks.resume(records);
            for (const { source } of resumed) if (source !== undefined) waited.add(source);
            return resumed;
          },
        };
      },
    },
    keySerde: stringSerde,
    valueSerde: serdes.ingest,
    isAsRead: true,
    ...(onRateLimit && { hooks: onRateLimit }),
  });
