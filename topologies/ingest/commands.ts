import {
  type IngestCommand,
  nilUuid,
  schemaVersion,
  type TaskCreated,
  type TaskFailed,
  type VipTierAssigned,
} from '../../src/contracts/index.ts';
import { isUuid, settlementEventId } from '../../src/domain/index.ts';
import type { Headers } from '../../src/streams/index.ts';
import { correlationOf } from './correlation.ts';
import { ForeignRecordError } from './errors.ts';

/** What a record of another service becomes. @throws ForeignRecordError that names every field at fault */
type ToCommand<Foreign> = (record: Foreign, headers: Headers) => IngestCommand;

/** Undetermined, in BCP 47: the senders do not say what the customer reads, and the merchant's default is taken for it. */
const unsaidLocale = 'und';

/** The end of the year 9999, as far as webhooks reach, too: what is dated later would be remembered for ever. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const uuidFault = (field: string, id: string): readonly string[] => {
  if (!isUuid(id)) return [`${field} is not a UUID`];
  return id === nilUuid ? [`${field} names nobody`] : [];
};

const timeFault = (field: string, milliseconds: number): readonly string[] =>
  milliseconds >= 0 && milliseconds <= latestMs ? [] : [`${field} is no time between 1970 and 9999`];

const assertUsable = (...faults: readonly (readonly string[])[]): void => {
  const all = faults.flat();
  if (all.length > 0) throw new ForeignRecordError(all);
};

/** Ids are compared as text from here on: one form for all of them. */
const lower = (id: string): string => id.toLowerCase();

const envelope = (
  owner: { readonly merchant_id: string; readonly customer_id: string },
  rest: Pick<IngestCommand, 'event_id' | 'correlation_id' | 'occurred_at' | 'command'>,
): IngestCommand => ({
  ...rest,
  merchant_id: lower(owner.merchant_id),
  customer_id: lower(owner.customer_id),
  schema_version: schemaVersion,
  locale: unsaidLocale,
  delivery_id: null,
});

/** Campaign's own event id stays: however often it tells of one assignment, that is one event. */
export const tierAssigned: ToCommand<VipTierAssigned> = (tier, headers) => {
  assertUsable(
    uuidFault('event_id', tier.event_id),
    uuidFault('merchant_id', tier.merchant_id),
    uuidFault('customer_id', tier.customer_id),
    timeFault('assigned_at', tier.assigned_at),
  );
  const eventId = lower(tier.event_id);
  return envelope(tier, {
    event_id: eventId,
    correlation_id: correlationOf(headers, undefined, eventId),
    occurred_at: tier.assigned_at,
    command: { 'points.TierAssigned': { tier_id: tier.tier_id } },
  });
};

const settled = (
  task: TaskCreated | TaskFailed,
  headers: Headers,
  outcome: 'completed' | 'failed',
  taskFaults: readonly string[],
): IngestCommand => {
  assertUsable(
    uuidFault('idempotency_token', task.idempotency_token),
    uuidFault('merchant_id', task.merchant_id),
    uuidFault('customer_id', task.customer_id),
    taskFaults,
    timeFault('created_at', task.created_at),
  );
  const token = lower(task.idempotency_token);
  const eventId = settlementEventId(task.merchant_id, token, outcome);
  return envelope(task, {
    event_id: eventId,
    correlation_id: correlationOf(headers, task.correlation_id, eventId),
    occurred_at: task.created_at,
    command: {
      'points.RedemptionSettled': {
        outcome,
        idempotency_token: token,
        task_id: task.task_id === null ? null : lower(task.task_id),
      },
    },
  });
};

/** One answer to a redemption however often Event Tracking gives it, and whatever task it names the second time. */
export const taskCreated: ToCommand<TaskCreated> = (task, headers) =>
  settled(task, headers, 'completed', uuidFault('task_id', task.task_id));

export const taskFailed: ToCommand<TaskFailed> = (task, headers) =>
  settled(task, headers, 'failed', task.task_id === null ? [] : uuidFault('task_id', task.task_id));
