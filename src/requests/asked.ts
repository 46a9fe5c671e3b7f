import type { IngestCommand } from '../contracts/index.ts';
import type { KnownOutcome, OutcomeQuestion } from './ports.ts';

/** What a request asks for: by this a repeat is told from another request under the same token. */
export interface Asked {
  readonly by: 'redemption' | 'till';
  readonly type: 'earn' | 'spend';
  /** UUID, lower case. */
  readonly customerId: string;
  /** 0 where it is left to the merchant's rule. */
  readonly points: number;
  /** UUID, lower case; of a redemption. */
  readonly rewardId: string | null;
  /** A sale that names its order is the same happening as the order: whoever tells of it first says what it earns. */
  readonly orderId: string | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** UUID, lower case. */
  readonly idempotencyToken: string;
}

/** A command that somebody waits for. @throws TypeError for any other */
export const askedOf = ({ customer_id: customerId, command }: IngestCommand): Asked => {
  const redemption = command['points.RedemptionRequested'];
  if (redemption !== undefined) {
    return {
      ...{ by: 'redemption', type: 'spend', customerId, points: redemption.points, rewardId: redemption.reward_id },
      ...{ orderId: null, amountMinor: null, currency: null, idempotencyToken: redemption.idempotency_token },
    };
  }
  const till = command['points.PosTransaction'];
  if (till === undefined) throw new TypeError('Nobody waits for a command of this kind');
  return {
    ...{ by: 'till', type: till.type, customerId, points: till.points, rewardId: null, orderId: till.order_id },
    ...{ amountMinor: till.amount_minor, currency: till.currency, idempotencyToken: till.idempotency_token },
  };
};

export const questionOf = (command: IngestCommand): OutcomeQuestion => ({
  merchantId: command.merchant_id,
  eventId: command.event_id,
  idempotencyToken: askedOf(command).idempotencyToken,
});

/** One text for one request, however often and by whom it is made; another for another. Language and time do not count. */
export const fingerprintOf = ({
  by,
  type,
  customerId,
  points,
  rewardId,
  orderId,
  amountMinor,
  currency,
}: Asked): string => JSON.stringify([by, type, customerId, points, rewardId, orderId, amountMinor, currency]);

const isOfRedemption = ({ kind, type, reward_id }: KnownOutcome, asked: Asked): boolean =>
  type === 'spend' &&
  (kind === 'redemption'
    ? reward_id === asked.rewardId
    : kind === 'refusal' && (reward_id ?? asked.rewardId) === asked.rewardId);

/**
 * Whether an outcome is that of this request, and not of another under the same token.
 *
 * What an order earns may have been decided when its webhook came, by its amount: the till's points do not count then. An
 * outcome does not tell the amount that a rule was applied to, so that two sales which differ in nothing else pass as one.
 */
export const isAnswerTo = (asked: Asked, outcome: KnownOutcome): boolean => {
  if (outcome.customer_id !== asked.customerId) return false;
  const isOrder = asked.by === 'till' && asked.type === 'earn' && asked.orderId !== null;
  const samePoints = outcome.points === null || asked.points === 0 || outcome.points === asked.points;
  if (asked.by === 'redemption') return samePoints && isOfRedemption(outcome, asked);
  return (
    outcome.kind !== 'redemption' &&
    outcome.reward_id === null &&
    outcome.type === asked.type &&
    (isOrder || samePoints)
  );
};
