import { isRetryable, toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { ComplianceAct, ComplianceActName } from '../contracts/index.ts';
import type { DataSubject, HeldAnswers, HeldData, HeldEntry } from './ports.ts';

export interface ComplianceSinkOptions {
  readonly data: HeldData;
  readonly answers: HeldAnswers;
  readonly logger: Logger;
  /** Counts what is carried out; a request that is read again counts again. */
  readonly onCarriedOut?: (request: ComplianceActName) => void;
  /** Counts times that Redis could not be asked to forget. */
  readonly onNotForgotten?: () => void;
}

/** Redis forgets by itself within a day, and must not hold up the ledger until it is back. */
const forget = async (
  { answers, logger, onNotForgotten }: ComplianceSinkOptions,
  { merchant_id, event_type, correlation_id }: ComplianceAct,
  entries: readonly HeldEntry[],
): Promise<void> => {
  try {
    await answers.forget(merchant_id, entries);
  } catch (error) {
    if (!isRetryable(error)) throw error;
    logger.warn(
      { merchant_id, event_type, correlation_id, err: toError(error) },
      'Redis was not asked to forget; what it holds expires within a day',
    );
    onNotForgotten?.();
  }
};

/** @returns how many entries lost their order ids */
const redact = async (options: ComplianceSinkOptions, act: ComplianceAct, subject: DataSubject): Promise<number> => {
  const { data } = options;
  await data.dropWaiting(subject);
  let redacted = 0;
  for await (const entries of data.entriesOf(subject)) {
    await forget(options, act, entries);
    const withOrder = entries.filter(({ hasOrder }) => hasOrder).map(({ eventId }) => eventId);
    if (withOrder.length > 0) await data.forgetOrders(subject.merchantId, withOrder);
    redacted += withOrder.length;
  }
  return redacted;
};

const carryOutOne = async (options: ComplianceSinkOptions, act: ComplianceAct): Promise<number> => {
  const { merchant_id: merchantId, customer_id: customerId, created_at } = act;
  switch (act.event_type) {
    case 'customer.data_request':
      // The merchant hands the data over, as `points compliance export` writes it; nothing changes here.
      return 0;
    case 'customer.redact':
      return redact(options, act, { merchantId, customerId });
    case 'shop.redact': {
      // From here on the shop's webhooks are turned away: nothing new comes while the rest is done.
      await options.data.removeMerchant(merchantId, created_at);
      return redact(options, act, { merchantId, customerId: null });
    }
  }
};

/**
 * Carries out what the law demands, in order. Every entry decided before a request must be in the ledger by then. Which
 * orders a request names does not matter: all that a customer is tied to goes. Points stay: they are the merchant's
 * books, under ids that lead to nobody without Shopify's.
 *
 * Safe to repeat, as a whole and from any point at which it was interrupted.
 * @throws DependencyUnavailableError when MongoDB is away: call again with the same
 */
export const carryOut = async (options: ComplianceSinkOptions, acts: readonly ComplianceAct[]): Promise<void> => {
  for (const act of acts) {
    const redacted = await carryOutOne(options, act);
    const { merchant_id, customer_id, event_id, event_type, correlation_id } = act;
    options.logger.info(
      { merchant_id, customer_id, event_id, event_type, correlation_id, redacted_entries: redacted },
      'Compliance request is carried out',
    );
    options.onCarriedOut?.(event_type);
  }
};
