import type { AvroRecords } from '../contracts/index.ts';

/** What a record says in a few words, and what it is about. */
export interface RecordWords {
  readonly what: string;
  readonly eventId: string | null;
  /** The field, where the record has one. */
  readonly correlationId: string | null;
}

type Described = {
  readonly [Name in keyof AvroRecords]?: (value: AvroRecords[Name]) => Omit<RecordWords, 'correlationId'>;
};

const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`);

const ingested = ({ command, event_id: eventId }: AvroRecords['IngestCommand']): Omit<RecordWords, 'correlationId'> => {
  const [kind = ''] = Object.keys(command);
  const details = [
    command['points.OrderCreated']?.order_id,
    command['points.TierAssigned']?.tier_id,
    command['points.RedemptionSettled']?.outcome,
  ].filter((detail) => detail !== undefined);
  return { what: [kind.replace('points.', ''), ...details].join(' '), eventId };
};

const audited = (entry: AvroRecords['AuditEntry']): Omit<RecordWords, 'correlationId'> => {
  const { kind, event_type, type, points, balance_after, status, reason, event_id: eventId } = entry;
  switch (kind) {
    case 'ledger':
      return { what: `${event_type}: ${type} ${points}, balance ${balance_after}`, eventId };
    case 'redemption':
      return { what: `redemption ${status ?? ''}${because(reason)}`, eventId };
    case 'refusal':
      return { what: `${event_type} refused${because(reason)}`, eventId };
    case 'action':
      return { what: event_type, eventId };
  }
};

const task = ({ task_id }: { readonly task_id: string | null }): Omit<RecordWords, 'correlationId'> => ({
  what: task_id === null ? 'no task' : `task ${task_id}`,
  eventId: null,
});

const words = {
  IngestCommand: ingested,
  AuditEntry: audited,
  PointsEarned: ({ type, points, description, event_id }) => ({
    what: `${type} ${points}: ${description}`,
    eventId: event_id,
  }),
  PointsBalance: ({ balance, sequence }) => ({ what: `balance ${balance}, sequence ${sequence}`, eventId: null }),
  RewardRedemption: ({ points, event_id }) => ({ what: `${points} points for a reward`, eventId: event_id }),
  VipTierAssigned: ({ tier_id, event_id }) => ({ what: `tier ${tier_id}`, eventId: event_id }),
  TaskCreated: task,
  TaskFailed: task,
} as const satisfies Described;

/** Records that are followed. */
export type FollowedRecord = keyof typeof words;

/** @param value read by the record's schema */
export const describeRecord = <Name extends FollowedRecord>(record: Name, value: AvroRecords[Name]): RecordWords => {
  const describe = words[record] as (value: AvroRecords[Name]) => Omit<RecordWords, 'correlationId'>;
  return { ...describe(value), correlationId: 'correlation_id' in value ? value.correlation_id : null };
};
