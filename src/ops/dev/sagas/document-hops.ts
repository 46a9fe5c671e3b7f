import { MongoClient, type UUID } from 'mongodb';
import type { Hop } from '../../../follow/index.ts';

/** Documents in MongoDB, by correlation id. */
export interface DocumentHops {
  /** @param before what was found elsewhere: a document says when its event happened, not when it was written */
  of(correlationId: string, before: readonly Hop[]): Promise<readonly Hop[]>;
  close(): Promise<void>;
}

interface LedgerDocument {
  readonly event_id: UUID;
  readonly event_type?: string;
  readonly type: string;
  readonly points: number;
  readonly balance_after: number;
  readonly created_at: Date;
}

interface RedemptionDocument {
  readonly status: string;
  readonly points: number;
  readonly task_id?: UUID | null;
  readonly created_at: Date;
}

/** @param uri with the database's name */
export const createDocumentHops = (uri: string): DocumentHops => {
  const client = new MongoClient(uri, { appName: 'points-follow', serverSelectionTimeoutMS: 5_000 });
  const database = client.db();
  return {
    of: async (correlationId, before) => {
      const filter = { correlation_id: correlationId };
      const audited = before.filter(({ where }) => where === 'audit_log');
      const entries = await database.collection<LedgerDocument>('points_transactions').find(filter).toArray();
      const redemptions = await database.collection<RedemptionDocument>('reward_redemptions').find(filter).toArray();
      return [
        ...entries.map(({ event_id, event_type, type, points, balance_after, created_at }) => {
          const eventId = event_id.toString();
          const at = audited.find((hop) => hop.eventId === eventId)?.at ?? created_at.getTime();
          const what = `${event_type ?? ''}: ${type} ${points}, balance ${balance_after}`;
          return { at, where: 'Mongo points_transactions', what, eventId };
        }),
        ...redemptions.map(({ status, task_id, created_at }) => ({
          at: Math.max(created_at.getTime(), ...audited.map(({ at }) => at)),
          where: 'Mongo reward_redemptions',
          what: [status, ...(task_id ? [`task ${task_id.toString()}`] : [])].join(', '),
          eventId: null,
        })),
      ];
    },
    close: () => client.close(),
  };
};
