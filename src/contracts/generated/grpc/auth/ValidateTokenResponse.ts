// Original file: auth.proto

import type { Long } from '@grpc/proto-loader';

export interface ValidateTokenResponse {
  'merchant_id'?: (string);
  'scopes'?: (string)[];
  'customer_id'?: (string);
  'expires_at'?: (number | string | Long);
}

export interface ValidateTokenResponse__Output {
  'merchant_id': (string);
  'scopes': (string)[];
  'customer_id': (string);
  'expires_at': (string);
}
