// Original file: points.proto

import type { Long } from '@grpc/proto-loader';

export interface GetPointsBalanceResponse {
  'balance'?: (number | string | Long);
  'description'?: (string);
}

export interface GetPointsBalanceResponse__Output {
  'balance': (string);
  'description': (string);
}
