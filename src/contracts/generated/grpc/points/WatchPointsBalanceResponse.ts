// Original file: points.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchPointsBalanceResponse {
  'balance'?: (number | string | Long);
  'description'?: (string);
  'sequence'?: (number | string | Long);
}

export interface WatchPointsBalanceResponse__Output {
  'balance': (string);
  'description': (string);
  'sequence': (string);
}
