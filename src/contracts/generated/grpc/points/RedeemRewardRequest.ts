// Original file: points.proto

import type { Long } from '@grpc/proto-loader';

export interface RedeemRewardRequest {
  'merchant_id'?: (string);
  'customer_id'?: (string);
  'reward_id'?: (string);
  'idempotency_token'?: (string);
  'points'?: (number | string | Long);
  'locale'?: (string);
}

export interface RedeemRewardRequest__Output {
  'merchant_id': (string);
  'customer_id': (string);
  'reward_id': (string);
  'idempotency_token': (string);
  'points': (string);
  'locale': (string);
}
