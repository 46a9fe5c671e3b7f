// Original file: points.proto


export interface WatchPointsBalanceRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
  'locale'?: (string);
}

export interface WatchPointsBalanceRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
  'locale': (string);
}
