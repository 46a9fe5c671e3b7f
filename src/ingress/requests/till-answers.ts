import type { BatchAnswer, Decisions } from '../../requests/index.ts';
import type { KnownOutcome } from '../../requests/ports.ts';
import type { PlannedItem, TillPlan } from './till-batch.ts';

/** What a till is told of one item. */
export interface ItemAnswer {
  /** Null where the item has none that is a UUID. */
  readonly idempotency_token: string | null;
  /**
   * accepted: the points have moved. refused: by rule, and for good. pending: not decided yet, the same item later finds
   * the decision. invalid: it must be corrected. conflict: its token, or its order, belongs to another request.
   */
  readonly status: 'accepted' | 'refused' | 'pending' | 'invalid' | 'conflict';
  /** Stable code; null where the status says all. NOT_TAKEN: it could not be stored, and must be sent again. */
  readonly reason: string | null;
  /** Moved, or asked for where they were refused; null where that is not known. */
  readonly points: number | null;
  /** Of the customer, as of this item's entry. */
  readonly balance_after: number | null;
  /** Of an invalid item: the fields at fault. */
  readonly fields?: readonly string[];
}

const without = (token: string | null, status: ItemAnswer['status'], reason: string | null): ItemAnswer => ({
  idempotency_token: token,
  status,
  reason,
  points: null,
  balance_after: null,
});

const decided = (token: string, { kind, reason, points, balance_after }: KnownOutcome): ItemAnswer =>
  kind === 'refusal'
    ? { ...without(token, 'refused', reason), points, balance_after }
    : { ...without(token, 'accepted', null), points, balance_after };

const answerOf = (item: PlannedItem, answers: readonly BatchAnswer[]): ItemAnswer => {
  if ('invalid' in item) {
    const { idempotencyToken, reason, fields } = item.invalid;
    return { ...without(idempotencyToken, 'invalid', reason), fields };
  }
  const token = item.idempotencyToken;
  const answer = 'conflict' in item ? ({ kind: 'conflict' } as const) : answers[item.commandAt];
  switch (answer?.kind) {
    case 'decided':
      return decided(token, answer.outcome);
    case 'conflict':
      return without(token, 'conflict', 'OTHER_REQUEST');
    case 'unavailable':
      return without(token, 'pending', 'NOT_TAKEN');
    case 'pending':
    case undefined:
      return without(token, 'pending', null);
  }
};

/**
 * Has the commands of a batch decided, and answers every item in its place.
 * @throws DependencyUnavailableError when nothing of the batch could be taken: the till sends all of it again
 * @throws TooManyWaitingError
 */
export const answerBatch = async (
  { items, commands }: TillPlan,
  decisions: Pick<Decisions, 'requestAll'>,
  limits: Parameters<Decisions['requestAll']>[1],
): Promise<readonly ItemAnswer[]> => {
  const answers = await decisions.requestAll(commands, limits);
  const [first] = answers;
  const noneTaken = items.every((item) => 'commandAt' in item) && answers.every(({ kind }) => kind === 'unavailable');
  if (noneTaken && first?.kind === 'unavailable') throw first.error;
  return items.map((item) => answerOf(item, answers));
};
