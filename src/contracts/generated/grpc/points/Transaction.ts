// Original file: points.proto

import type { Long } from '@grpc/proto-loader';

export interface Transaction {
  'event_id'?: (string);
  'event_type'?: (string);
  'type'?: (string);
  'points'?: (number | string | Long);
  'sequence'?: (number | string | Long);
  'balance_after'?: (number | string | Long);
  'description'?: (string);
  'locale'?: (string);
  'created_at'?: (number | string | Long);
  'order_id'?: (string);
  'correlation_id'?: (string);
}

export interface Transaction__Output {
  'event_id': (string);
  'event_type': (string);
  'type': (string);
  'points': (string);
  'sequence': (string);
  'balance_after': (string);
  'description': (string);
  'locale': (string);
  'created_at': (string);
  'order_id': (string);
  'correlation_id': (string);
}
