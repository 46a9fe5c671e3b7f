import type { Clock } from '../../common/clock.ts';
import type { MerchantSettings } from '../../domain/index.ts';
import { mayRecordSales, mayRedeem, redemptionCommand } from '../../requests/index.ts';
import type { Identity } from '../../requests/ports.ts';
import { readRedemption } from './redemption-body.ts';
import type { RequestDeps } from './request-ports.ts';
import { RequestRefusedError } from './request-problem.ts';
import { answerBatch, type ItemAnswer } from './till-answers.ts';
import { planBatch, readTillBatch } from './till-batch.ts';

/** A request whose token is good; its body is not read yet. */
export interface AuthenticRequest {
  readonly identity: Identity;
  readonly rawBody: Buffer;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string;
  /** Aborted when the caller has hung up. */
  readonly signal: AbortSignal;
}

/** What is learnt about a request on the way, for the log: ids of ours and tags, nothing else of the body. */
export interface RequestFacts {
  merchant_id?: string;
  customer_id?: string;
  event_id?: string;
  locale?: string;
  /** Of a batch: items by their status. */
  items?: Readonly<Record<string, number>>;
}

/** The answer's status and JSON. */
export interface Taken {
  readonly status: 200 | 202;
  readonly body: object;
}

/**
 * Takes one request; `facts` is filled in as they become known, also where it is refused.
 * @throws RequestRefusedError, DeliveryRefusedError when it is turned away
 * @throws TooManyWaitingError, DependencyUnavailableError when it must be sent again later
 */
export type TakeRequest = (request: AuthenticRequest, facts: RequestFacts) => Promise<Taken>;

type Deps = Omit<RequestDeps, 'tokens'> & { readonly clock: Clock };

/** A merchant that is unknown here is refused as another's is. */
const merchantFor = async ({ merchantOf }: Deps, merchantId: string, isAllowed: boolean): Promise<MerchantSettings> => {
  const merchant = isAllowed ? await merchantOf(merchantId) : undefined;
  if (merchant === undefined) throw new RequestRefusedError('token_insufficient');
  return merchant;
};

/** `POST /redemptions`: 200 once it is decided, 202 where it is not yet: the same request later finds the decision. */
export const takeRedemption =
  (deps: Deps): TakeRequest =>
  async ({ identity, rawBody, idempotencyKey, correlationId, signal }, facts) => {
    const { clock, decisions, waitMs } = deps;
    const asked = readRedemption(rawBody, idempotencyKey);
    const { merchantId, customerId } = asked;
    const merchant = await merchantFor(deps, merchantId, mayRedeem(identity, merchantId, customerId));
    const command = redemptionCommand(asked, merchant, { receivedAt: clock.now(), correlationId });
    const { event_id, customer_id, merchant_id, locale } = command;
    Object.assign(facts, { event_id, customer_id, merchant_id, locale });

    const answer = await decisions.request(command, { waitMs, signal });
    if (answer.kind === 'conflict') throw new RequestRefusedError('idempotency_conflict');
    if (answer.kind === 'pending') {
      return { status: 202, body: { redemption_id: event_id, status: 'undecided', correlation_id: correlationId } };
    }
    const { status, reason, task_id, correlation_id } = answer.outcome;
    // A request that no rule was asked about (an unknown customer, say) is refused without a redemption.
    return {
      status: 200,
      body: { redemption_id: event_id, status: status ?? 'failed', reason, task_id, correlation_id },
    };
  };

const countByStatus = (answers: readonly ItemAnswer[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** `POST /pos/transactions`: 200 with an answer for each item, in their order, whatever these are. */
export const takeTillBatch =
  (deps: Deps, onItem: (status: string) => void): TakeRequest =>
  async ({ identity, rawBody, correlationId, signal }, facts) => {
    const { clock, decisions, waitMs } = deps;
    const { merchantId = identity.merchantId, items } = readTillBatch(rawBody);
    const merchant = await merchantFor(deps, merchantId, mayRecordSales(identity, merchantId));
    Object.assign(facts, { merchant_id: merchantId });
    const plan = planBatch(items, merchant, { now: clock.now(), correlationId });
    const transactions = await answerBatch(plan, decisions, { waitMs, signal });
    for (const { status } of transactions) onItem(status);
    Object.assign(facts, { items: countByStatus(transactions) });
    return { status: 200, body: { transactions, correlation_id: correlationId } };
  };
