import { type Document, UUID } from 'mongodb';
import type { Logger } from '../../../common/logger.ts';
import { MerchantInvalidError, type MerchantSettings, parseMerchant } from '../../../domain/index.ts';
import type { CollectionCopy } from '../follow-collection.ts';

/** Settings by their two names, filled from the documents of `merchants`. */
export interface MerchantIndex extends CollectionCopy {
  replaceAll(documents: readonly Document[]): void;
  put(document: Document): void;
  remove(id: unknown): void;
  readonly byShopDomain: (shopDomain: string) => MerchantSettings | undefined;
  readonly byId: (merchantId: string) => MerchantSettings | undefined;
  /** Whether another merchant's webhooks are signed with one of its secrets, as those of one app are. */
  readonly sharesSecret: (merchant: MerchantSettings) => boolean;
}

/** Settings of a document, or undefined: then it is logged what is wrong with it, without its values. */
export const merchantOf = (document: Document, logger: Logger): MerchantSettings | undefined => {
  const id: unknown = document['merchant_id'];
  const merchantId = id instanceof UUID ? id.toString() : id;
  try {
    return parseMerchant({ ...document, merchant_id: merchantId });
  } catch (error) {
    if (!(error instanceof MerchantInvalidError)) throw error;
    logger.error(
      { merchant_id: merchantId, faults: error.faults },
      'Merchant settings are not usable and are passed over',
    );
    return undefined;
  }
};

/** `_id` may be of any type; its text tells documents of one collection apart. */
const keyOf = (id: unknown): string => String(id);

/** An unusable document leaves the settings as they were before it. */
export const createMerchantIndex = (logger: Logger): MerchantIndex => {
  let byDocument = new Map<string, MerchantSettings>();
  let byShopDomain = new Map<string, MerchantSettings>();
  let byId = new Map<string, MerchantSettings>();
  let owners = new Map<string, Set<string>>();

  const add = (key: string, settings: MerchantSettings): void => {
    byDocument.set(key, settings);
    byShopDomain.set(settings.shopDomain, settings);
    byId.set(settings.merchantId, settings);
    for (const secret of settings.webhookSecrets) {
      owners.set(secret, (owners.get(secret) ?? new Set()).add(settings.merchantId));
    }
  };

  const drop = (key: string): void => {
    const settings = byDocument.get(key);
    if (settings === undefined) return;
    byDocument.delete(key);
    for (const secret of settings.webhookSecrets) {
      const left = owners.get(secret);
      left?.delete(settings.merchantId);
      if (left?.size === 0) owners.delete(secret);
    }
    // Another document may have taken the name over meanwhile.
    if (byShopDomain.get(settings.shopDomain) === settings) byShopDomain.delete(settings.shopDomain);
    if (byId.get(settings.merchantId) === settings) byId.delete(settings.merchantId);
  };

  return {
    byShopDomain: (shopDomain) => byShopDomain.get(shopDomain),
    byId: (merchantId) => byId.get(merchantId),
    sharesSecret: ({ webhookSecrets }) => webhookSecrets.some((secret) => (owners.get(secret)?.size ?? 0) > 1),
    replaceAll(documents) {
      const before = byDocument;
      byDocument = new Map();
      byShopDomain = new Map();
      byId = new Map();
      owners = new Map();
      for (const document of documents) {
        const key = keyOf(document['_id']);
        const settings = merchantOf(document, logger) ?? before.get(key);
        if (settings !== undefined) add(key, settings);
      }
    },
    put(document) {
      const key = keyOf(document['_id']);
      const settings = merchantOf(document, logger);
      if (settings === undefined) return;
      drop(key);
      add(key, settings);
    },
    remove: (id) => drop(keyOf(id)),
  };
};
