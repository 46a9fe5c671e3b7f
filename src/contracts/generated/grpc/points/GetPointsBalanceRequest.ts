// Original file: points.proto


export interface GetPointsBalanceRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
  'locale'?: (string);
}

export interface GetPointsBalanceRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
  'locale': (string);
}
