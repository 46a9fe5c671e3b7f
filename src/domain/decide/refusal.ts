import type { CommandBase } from './commands.ts';
import type { Refusal } from './decision.ts';

/** That a command is not done, as its caller is told and as it is on record. */
export const refusalOf = (
  command: CommandBase & {
    readonly idempotencyToken?: string;
    readonly taskId?: string | null;
    readonly orderId?: string | null;
  },
  what: Pick<Refusal, 'eventType' | 'type' | 'points' | 'reason'> & { readonly redemptionId?: string },
): Refusal => ({
  eventId: command.eventId,
  customerId: command.customerId,
  ...{ eventType: what.eventType, type: what.type, points: what.points, reason: what.reason },
  idempotencyToken: command.idempotencyToken ?? null,
  redemptionId: what.redemptionId ?? null,
  taskId: command.taskId ?? null,
  orderId: command.orderId ?? null,
  ...{ locale: command.locale, occurredAt: command.occurredAt, correlationId: command.correlationId },
});
