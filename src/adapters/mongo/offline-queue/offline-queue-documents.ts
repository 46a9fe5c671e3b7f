import { Binary, type Document, type UUID } from 'mongodb';
import type { QueuedCommand, WaitingCommand } from '../../../ingress/ports.ts';
import { PointsError } from '../../../common/errors.ts';
import { integerOf, uuidOf } from '../bson.ts';

/** A command whose ids are not what the collection holds: a mistake of our own. */
export class CommandNotStorableError extends PointsError {
  readonly code = 'COMMAND_NOT_STORABLE';
}

/** A document without what only the transaction knows that writes it. */
export interface QueueDocument extends Document {
  readonly merchant_id: UUID;
  readonly idempotency_token: UUID;
}

const uuid = (command: QueuedCommand, name: 'merchant_id' | 'customer_id' | 'event_id'): UUID => {
  const found = uuidOf(command[name]);
  if (found === undefined) throw new CommandNotStorableError(`${name} is not a UUID`, { facts: { field: name } });
  return found;
};

/** @throws CommandNotStorableError */
export const queueDocument = (command: QueuedCommand, createdAt: number): QueueDocument => ({
  merchant_id: uuid(command, 'merchant_id'),
  customer_id: uuid(command, 'customer_id'),
  points: integerOf(command.points),
  type: command.type,
  locale: command.locale,
  // What happened is known by one id, however it is delivered: it is what a repeat is recognized by.
  idempotency_token: uuid(command, 'event_id'),
  created_at: new Date(createdAt),
  schema_version: command.schema_version,
  correlation_id: command.correlation_id,
  command: new Binary(command.value),
  ...(command.traceparent !== undefined && { traceparent: command.traceparent }),
  attempts: 0,
});

/** Names a document among those of one batch. */
export const queueKey = ({ merchant_id, idempotency_token }: Document): string =>
  `${String(merchant_id)}/${String(idempotency_token)}`;

export const waitingCommand = (document: Document): WaitingCommand => ({
  merchant_id: String(document['merchant_id']),
  event_id: String(document['idempotency_token']),
  correlation_id: String(document['correlation_id']),
  schema_version: String(document['schema_version']),
  traceparent: document['traceparent'] as string | undefined,
  value: Buffer.from((document['command'] as Binary).value()),
  arrival: Number(document['arrival']),
  attempts: Number(document['attempts']),
  createdAt: (document['created_at'] as Date).getTime(),
});
