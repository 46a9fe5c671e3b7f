// Original file: core.proto

import type { Long } from '@grpc/proto-loader';

export interface CustomerRFM {
  'recency'?: (number | string | Long);
  'frequency'?: (number | string | Long);
  'monetary'?: (number | string | Long);
}

export interface CustomerRFM__Output {
  'recency': (string);
  'frequency': (string);
  'monetary': (string);
}
