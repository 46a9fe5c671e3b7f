// Original file: core.proto

import type { CustomerRFM as _core_CustomerRFM, CustomerRFM__Output as _core_CustomerRFM__Output } from '../core/CustomerRFM.ts';

export interface PutCustomerRFMRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
  'rfm'?: (_core_CustomerRFM | null);
  'correlation_id'?: (string);
}

export interface PutCustomerRFMRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
  'rfm': (_core_CustomerRFM__Output | null);
  'correlation_id': (string);
}
