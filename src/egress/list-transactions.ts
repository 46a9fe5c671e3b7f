import type { Metadata } from '@grpc/grpc-js';
import type { TransactionLister } from '../balances/index.ts';
import type { LedgerEntry } from '../balances/ports.ts';
import type { ListTransactionsRequest, ListTransactionsResponse, Transaction } from '../contracts/grpc/index.ts';
import { admitReader } from './admit-reader.ts';
import { invalidArgument } from './errors.ts';
import { pageToken, readPageToken } from './page-token.ts';
import type { TokenValidator } from './ports.ts';

export interface ListTransactionsDeps {
  readonly tokens: TokenValidator;
  readonly transactions: TransactionLister;
}

const usualSize = 20;
const greatestSize = 100;

const sizeOf = (asked: number): number => {
  if (asked < 0 || asked > greatestSize) throw invalidArgument(`page_size must be 1-${greatestSize}, or 0`);
  return asked === 0 ? usualSize : asked;
};

const transactionOf = (entry: LedgerEntry): Transaction => ({
  event_id: entry.eventId,
  event_type: entry.eventType,
  type: entry.type,
  points: entry.points,
  sequence: entry.sequence,
  balance_after: entry.balanceAfter,
  description: entry.description,
  locale: entry.locale,
  created_at: entry.createdAt,
  order_id: entry.orderId ?? '',
  correlation_id: entry.correlationId,
});

/**
 * Answers with one page of a customer's ledger.
 *
 * @throws CallRefusedError with the status to answer
 * @throws DependencyUnavailableError when Auth or the ledger is away
 */
export const listTransactions =
  ({ tokens, transactions }: ListTransactionsDeps) =>
  async (request: ListTransactionsRequest, metadata: Metadata): Promise<ListTransactionsResponse> => {
    const { merchantId, customerId } = await admitReader(tokens, metadata, { ...request, locale: '' });
    const size = sizeOf(request.page_size);
    const page = await transactions.list(merchantId, customerId, size, readPageToken(request.page_token));
    return {
      transactions: page.entries.map(transactionOf),
      next_page_token: page.next === undefined ? '' : pageToken(page.next),
    };
  };
