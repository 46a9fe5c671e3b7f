import { type Collection, type Document, UUID } from 'mongodb';
import type { KnownOutcome, OutcomeQuestion, OutcomeStore } from '../../../requests/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions, rewardRedemptions } from '../collections.ts';
import { onMongo } from '../failures.ts';

export interface OutcomeReaderOptions {
  readonly connection: MongoConnection;
  /** A read that takes longer is given up; 500 by default: somebody waits. */
  readonly deadlineMs?: number;
}

/** Entries that answer what a till asked: its own, and the order that its sale has turned out to be. */
const tillEvents: readonly unknown[] = ['pos.transaction', 'order.created'];

const idText = (value: unknown): string | null => (value instanceof UUID ? value.toString() : null);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const commonOf = ({ merchantId, eventId }: OutcomeQuestion, document: Document) => ({
  event_id: eventId,
  merchant_id: merchantId,
  customer_id: idText(document['customer_id']) ?? '',
  correlation_id: String(document['correlation_id']),
});

const redemptionOutcome = (question: OutcomeQuestion, document: Document): KnownOutcome => ({
  ...commonOf(question, document),
  kind: 'redemption',
  type: 'spend',
  points: Number(document['points']),
  status: document['status'] as KnownOutcome['status'],
  reason: textOrNull(document['reason']),
  reward_id: idText(document['reward_id']),
  task_id: idText(document['task_id']),
  balance_after: null,
});

/** The debit of a redemption answers nobody: it does not tell the reward, and the redemption's document follows. */
const ledgerOutcome = (question: OutcomeQuestion, document: Document): KnownOutcome | undefined => {
  if (!tillEvents.includes(document['event_type'])) return undefined;
  const points = Number(document['points']);
  // What a refused spend leaves behind, so that its token is known for ever; what it asked for is not kept.
  const isRefused = document['type'] === 'spend' && points === 0;
  return {
    ...commonOf(question, document),
    kind: isRefused ? 'refusal' : 'ledger',
    type: document['type'] as KnownOutcome['type'],
    points: isRefused ? null : points,
    status: null,
    reason: isRefused ? 'INSUFFICIENT_POINTS' : null,
    reward_id: null,
    task_id: null,
    balance_after: Number(document['balance_after']),
  };
};

/** Outcomes from what the projections have written to MongoDB: two documents by their unique indexes. */
export const createOutcomeReader = ({ connection, deadlineMs = 500 }: OutcomeReaderOptions): OutcomeStore => {
  const redemptions = connection.database.collection(rewardRedemptions.name);
  const transactions = connection.database.collection(pointsTransactions.name);

  const one = (collection: Collection, filter: Document, fields: readonly string[]): Promise<Document | null> =>
    collection.findOne(filter, {
      projection: { _id: 0, ...Object.fromEntries(fields.map((name) => [name, 1])) },
      maxTimeMS: deadlineMs,
      signal: AbortSignal.timeout(deadlineMs),
    });

  return {
    find: (question) =>
      onMongo(async () => {
        const ids = [question.merchantId, question.idempotencyToken, question.eventId].map(uuidOf);
        const [merchant_id, idempotency_token, event_id] = ids;
        if (merchant_id === undefined || idempotency_token === undefined || event_id === undefined) return undefined;
        const common = ['customer_id', 'points', 'correlation_id'];
        const [redemption, transaction] = await Promise.all([
          one(redemptions, { merchant_id, idempotency_token }, [...common, 'status', 'reason', 'reward_id', 'task_id']),
          one(transactions, { merchant_id, event_id }, [...common, 'type', 'event_type', 'balance_after']),
        ]);
        if (redemption !== null) return redemptionOutcome(question, redemption);
        return transaction === null ? undefined : ledgerOutcome(question, transaction);
      }),
  };
};
