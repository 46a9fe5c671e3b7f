// Original file: core.proto


export interface GetCustomerRFMRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
}

export interface GetCustomerRFMRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
}
