import { LRUCache } from 'lru-cache';
import type { Document } from 'mongodb';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { MerchantSettings } from '../../../domain/index.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { merchants } from '../collections.ts';
import { onMongo } from '../failures.ts';
import { followCollection } from '../follow-collection.ts';
import { createMerchantIndex, merchantOf } from './merchant-index.ts';

/** Merchants' settings in memory: they are there while MongoDB is away, and follow changes as they are made. */
export interface MerchantDirectory {
  /** @throws DependencyUnavailableError when the settings cannot be read; it may be called again */
  start(): Promise<void>;
  close(): Promise<void>;
  /**
   * The merchant of a shop domain in lower case; undefined where there is none.
   * @throws DependencyUnavailableError when it is not known here and MongoDB does not answer
   */
  byShopDomain(shopDomain: string): Promise<MerchantSettings | undefined>;
  /** Whether the copy in memory has a shop domain: asks nobody. */
  knows(shopDomain: string): boolean;
  /** Whether one of its secrets is another merchant's as well, as far as is known here. */
  sharesSecret(merchant: MerchantSettings): boolean;
  /**
   * The merchant of an id in lower case; undefined where there is none.
   * @throws DependencyUnavailableError when it is not known here and MongoDB does not answer
   */
  byId(merchantId: string): Promise<MerchantSettings | undefined>;
  /**
   * Those of the merchants that exist, by id; at most one query.
   * @throws DependencyUnavailableError when one is not known here and MongoDB does not answer
   */
  load(merchantIds: readonly string[]): Promise<ReadonlyMap<string, MerchantSettings>>;
}

export interface MerchantDirectoryOptions {
  readonly connection: MongoConnection;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A question to MongoDB about names that the copy in memory does not have. */
type Question = { readonly field: 'shop_domain' | 'merchant_id'; readonly names: readonly string[] };

type Answers = ReadonlyMap<string, MerchantSettings>;

/** For how long an answer of MongoDB holds, "there is none" too: strangers cannot make us ask more often. */
const rememberMs = 1_000;
const rememberAnswers = 10_000;
const deadlineMs = 2_000;

const filterOf = ({ field, names }: Question): Document => ({
  [field]: { $in: field === 'merchant_id' ? names.flatMap((name) => uuidOf(name) ?? []) : [...names] },
});

const nameOf = ({ field }: Question, settings: MerchantSettings): string =>
  field === 'merchant_id' ? settings.merchantId : settings.shopDomain;

/**
 * A directory over the `merchants` collection. A name that its copy does not have is asked for directly, so that a
 * merchant who was added a moment ago is served at once.
 */
export const createMerchantDirectory = ({ connection, logger, clock }: MerchantDirectoryOptions): MerchantDirectory => {
  const index = createMerchantIndex(logger);
  const follower = followCollection({ connection, collection: merchants.name, copy: index, logger });
  const answered = new LRUCache<string, { readonly settings: MerchantSettings | undefined }>({
    max: rememberAnswers,
    ttl: rememberMs,
    ttlResolution: 0,
    perf: clock,
  });

  const ask = async (question: Question): Promise<Answers> => {
    const documents = await onMongo(() =>
      connection.database
        .collection(merchants.name)
        // A local read, as the copy's: what one process of ours has seen, every other must find.
        .find(filterOf(question), {
          readConcern: { level: 'local' },
          maxTimeMS: deadlineMs,
          signal: AbortSignal.timeout(deadlineMs),
        })
        .toArray(),
    );
    const found = documents.flatMap((document) => merchantOf(document, logger) ?? []);
    const answers = new Map(found.map((settings) => [nameOf(question, settings), settings]));
    for (const name of question.names) answered.set(`${question.field}:${name}`, { settings: answers.get(name) });
    return answers;
  };

  const asking = new Map<string, Promise<Answers>>();

  /** Many who ask for one name at the same moment share the question. */
  const askOnce = (question: Question): Promise<Answers> => {
    const id = `${question.field}:${question.names.join(',')}`;
    const asked = asking.get(id);
    if (asked !== undefined) return asked;
    const answer = ask(question).finally(() => asking.delete(id));
    asking.set(id, answer);
    return answer;
  };

  const find = async (
    field: Question['field'],
    names: readonly string[],
    inMemory: (name: string) => MerchantSettings | undefined,
  ): Promise<Answers> => {
    const known = new Map<string, MerchantSettings>();
    const unknown: string[] = [];
    for (const name of new Set(names)) {
      const remembered = answered.get(`${field}:${name}`);
      const settings = inMemory(name) ?? remembered?.settings;
      if (settings !== undefined) known.set(name, settings);
      else if (remembered === undefined) unknown.push(name);
    }
    if (unknown.length === 0) return known;
    return new Map([...known, ...(await askOnce({ field, names: unknown }))]);
  };

  return {
    start: () => follower.start(),
    close: () => follower.close(),
    byShopDomain: async (shopDomain) =>
      index.byShopDomain(shopDomain) ?? (await find('shop_domain', [shopDomain], index.byShopDomain)).get(shopDomain),
    knows: (shopDomain) => index.byShopDomain(shopDomain) !== undefined,
    sharesSecret: index.sharesSecret,
    byId: async (merchantId) =>
      index.byId(merchantId) ?? (await find('merchant_id', [merchantId], index.byId)).get(merchantId),
    load: (merchantIds) => find('merchant_id', merchantIds, index.byId),
  };
};
