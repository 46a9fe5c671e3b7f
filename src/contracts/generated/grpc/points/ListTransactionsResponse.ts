// Original file: points.proto

import type { Transaction as _points_Transaction, Transaction__Output as _points_Transaction__Output } from '../points/Transaction.ts';

export interface ListTransactionsResponse {
  'transactions'?: (_points_Transaction)[];
  'next_page_token'?: (string);
}

export interface ListTransactionsResponse__Output {
  'transactions': (_points_Transaction__Output)[];
  'next_page_token': (string);
}
