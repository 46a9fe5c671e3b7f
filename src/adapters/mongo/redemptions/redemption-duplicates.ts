import type { Collection, Document } from 'mongodb';
import { DependencyUnavailableError } from '../../../common/errors.ts';
import { holdsReward } from '../collections.ts';
import { onMongo } from '../failures.ts';
import type { RedemptionIdentity } from './redemption-documents.ts';

/** What stands in the way of a redemption that could not be written. */
export type RedemptionConflict = 'token belongs to another redemption' | 'reward is held by another redemption';

const tokenOf = (document: Document): string => `${document['merchant_id']}:${document['idempotency_token']}`;
const rewardOf = (document: Document): string => `${document['merchant_id']}:${document['reward_id']}`;

const isSame = (held: Document, wanted: RedemptionIdentity): boolean =>
  (['customer_id', 'reward_id', 'points'] as const).every((name) => String(held[name]) === String(wanted[name]));

const options = {
  projection: { _id: 0, merchant_id: 1, idempotency_token: 1, customer_id: 1, reward_id: 1, points: 1 },
  maxTimeMS: 5_000,
  // What blocked a write may not have reached the majority yet.
  readConcern: { level: 'local' },
} as const;

const find = (collection: Collection, filters: readonly Document[], hint: string): Promise<readonly Document[]> =>
  onMongo(() => collection.find({ $or: [...filters] }, { ...options, hint }).toArray());

/**
 * Tells for each redemption that met a duplicate key what is in its way; the server names only one index, and not
 * necessarily the one that matters.
 * @throws DependencyUnavailableError when what was in the way is gone: write again
 */
export const judgeRedemptions = async (
  collection: Collection,
  refused: readonly RedemptionIdentity[],
): Promise<readonly RedemptionConflict[]> => {
  if (refused.length === 0) return [];
  const tokens = refused.map(({ merchant_id, idempotency_token }) => ({ merchant_id, idempotency_token }));
  const held = await find(collection, tokens, 'idx_idempotency_token');
  const byToken = new Map(held.map((document) => [tokenOf(document), document]));

  const rewards = refused.map(({ merchant_id, reward_id }) => ({ merchant_id, reward_id, ...holdsReward }));
  const holding = await find(collection, rewards, 'idx_reward_id');
  const taken = new Set(holding.map(rewardOf));

  return refused.map((identity) => {
    const present = byToken.get(tokenOf(identity));
    if (present !== undefined && !isSame(present, identity)) return 'token belongs to another redemption';
    if (present === undefined && taken.has(rewardOf(identity))) return 'reward is held by another redemption';
    throw new DependencyUnavailableError('MongoDB', { facts: { detail: 'a duplicate was refused, but is not there' } });
  });
};
