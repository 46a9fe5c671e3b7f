// Original file: points.proto


export interface ListTransactionsRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
  'page_size'?: (number);
  'page_token'?: (string);
}

export interface ListTransactionsRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
  'page_size': (number);
  'page_token': (string);
}
