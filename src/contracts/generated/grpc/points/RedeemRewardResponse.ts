// Original file: points.proto


// Original file: points.proto

export const _points_RedeemRewardResponse_Status = {
  PENDING_DECISION: 0,
  PENDING: 1,
  COMPLETED: 2,
  FAILED: 3,
} as const;

export type _points_RedeemRewardResponse_Status =
  | 'PENDING_DECISION'
  | 0
  | 'PENDING'
  | 1
  | 'COMPLETED'
  | 2
  | 'FAILED'
  | 3

export type _points_RedeemRewardResponse_Status__Output = typeof _points_RedeemRewardResponse_Status[keyof typeof _points_RedeemRewardResponse_Status]

export interface RedeemRewardResponse {
  'status'?: (_points_RedeemRewardResponse_Status);
  'redemption_id'?: (string);
  'task_id'?: (string);
  'reason'?: (string);
  'correlation_id'?: (string);
}

export interface RedeemRewardResponse__Output {
  'status': (_points_RedeemRewardResponse_Status__Output);
  'redemption_id': (string);
  'task_id': (string);
  'reason': (string);
  'correlation_id': (string);
}
