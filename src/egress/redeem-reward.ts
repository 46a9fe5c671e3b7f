import type { Metadata } from '@grpc/grpc-js';
import type { Clock } from '../common/clock.ts';
import { type RedeemRewardRequest, type RedeemRewardResponse, RedemptionStatus } from '../contracts/grpc/index.ts';
import type { MerchantSettings } from '../domain/index.ts';
import { type Decisions, mayRedeem, redemptionCommand, TooManyWaitingError } from '../requests/index.ts';
import type { KnownOutcome } from '../requests/ports.ts';
import type { CallLife } from './answer.ts';
import { authenticateCall } from './authenticate-call.ts';
import { alreadyExists, permissionDenied, resourceExhausted } from './errors.ts';
import type { TokenValidator } from './ports.ts';
import { parseRedeemRequest } from './redeem-request.ts';

export interface RedeemRewardDeps {
  readonly tokens: TokenValidator;
  readonly decisions: Pick<Decisions, 'request'>;
  /** Undefined for an unknown merchant. @throws DependencyUnavailableError */
  readonly merchantOf: (merchantId: string) => Promise<MerchantSettings | undefined>;
  /** Longest wait for a decision. Milliseconds. */
  readonly waitMs: number;
  readonly clock: Clock;
}

export type RedeemReward = (
  request: RedeemRewardRequest,
  metadata: Metadata,
  life: CallLife,
) => Promise<RedeemRewardResponse>;

/** Between the end of the wait and the client's deadline, for the answer to get there. Milliseconds. */
const wayBackMs = 150;

const statuses = {
  pending: RedemptionStatus.PENDING,
  completed: RedemptionStatus.COMPLETED,
  failed: RedemptionStatus.FAILED,
} as const;

const decided = (outcome: KnownOutcome): RedeemRewardResponse => ({
  // A request that no rule was asked about (an unknown customer, say) is refused without a redemption.
  status: statuses[outcome.status ?? 'failed'],
  redemption_id: outcome.event_id,
  task_id: outcome.task_id ?? '',
  reason: outcome.reason ?? '',
  correlation_id: outcome.correlation_id,
});

/** Aborted when the client hangs up or its deadline passes. */
const untilCancelled = (life: CallLife): AbortSignal => {
  const gone = new AbortController();
  if (life.cancelled) gone.abort();
  life.once('cancelled', () => {
    gone.abort();
  });
  return gone.signal;
};

const isTooMany = (thrown: unknown): never => {
  throw thrown instanceof TooManyWaitingError ? resourceExhausted() : thrown;
};

/**
 * Answers one call, in the order of GetPointsBalance: token, arguments, the right to redeem, and only then what exists. A
 * merchant that is unknown here is refused as another's is.
 *
 * @throws CallRefusedError with the status to answer
 * @throws DependencyUnavailableError when Auth, the stores or Kafka are away
 */
export const redeemReward =
  ({ tokens, decisions, merchantOf, waitMs, clock }: RedeemRewardDeps): RedeemReward =>
  async (request, metadata, life) => {
    const { identity } = await authenticateCall(tokens, metadata);
    const asked = parseRedeemRequest(request);
    if (!mayRedeem(identity, asked.merchantId, asked.customerId)) throw permissionDenied();
    const merchant = await merchantOf(asked.merchantId);
    if (merchant === undefined) throw permissionDenied();

    const receivedAt = clock.now();
    // The interceptor has put one there that is fit to be kept.
    const correlationId = String(metadata.get('x-correlation-id')[0]);
    const command = redemptionCommand(asked, merchant, { receivedAt, correlationId });
    const leftMs = Number(life.getDeadline()) - receivedAt - wayBackMs;
    const limits = { waitMs: Math.max(Math.min(waitMs, leftMs), 0), signal: untilCancelled(life) };
    const answer = await decisions.request(command, limits).catch(isTooMany);
    switch (answer.kind) {
      case 'decided':
        return decided(answer.outcome);
      case 'conflict':
        throw alreadyExists();
      case 'pending':
        return {
          status: RedemptionStatus.PENDING_DECISION,
          ...{ redemption_id: command.event_id, task_id: '', reason: '', correlation_id: correlationId },
        };
    }
  };
