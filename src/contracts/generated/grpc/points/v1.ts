// Original file: points.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetPointsBalanceRequest as _points_GetPointsBalanceRequest, GetPointsBalanceRequest__Output as _points_GetPointsBalanceRequest__Output } from '../points/GetPointsBalanceRequest.ts';
import type { GetPointsBalanceResponse as _points_GetPointsBalanceResponse, GetPointsBalanceResponse__Output as _points_GetPointsBalanceResponse__Output } from '../points/GetPointsBalanceResponse.ts';
import type { ListTransactionsRequest as _points_ListTransactionsRequest, ListTransactionsRequest__Output as _points_ListTransactionsRequest__Output } from '../points/ListTransactionsRequest.ts';
import type { ListTransactionsResponse as _points_ListTransactionsResponse, ListTransactionsResponse__Output as _points_ListTransactionsResponse__Output } from '../points/ListTransactionsResponse.ts';
import type { RedeemRewardRequest as _points_RedeemRewardRequest, RedeemRewardRequest__Output as _points_RedeemRewardRequest__Output } from '../points/RedeemRewardRequest.ts';
import type { RedeemRewardResponse as _points_RedeemRewardResponse, RedeemRewardResponse__Output as _points_RedeemRewardResponse__Output } from '../points/RedeemRewardResponse.ts';
import type { WatchPointsBalanceRequest as _points_WatchPointsBalanceRequest, WatchPointsBalanceRequest__Output as _points_WatchPointsBalanceRequest__Output } from '../points/WatchPointsBalanceRequest.ts';
import type { WatchPointsBalanceResponse as _points_WatchPointsBalanceResponse, WatchPointsBalanceResponse__Output as _points_WatchPointsBalanceResponse__Output } from '../points/WatchPointsBalanceResponse.ts';

export interface v1Client extends grpc.Client {
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  
  ListTransactions(argument: _points_ListTransactionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  ListTransactions(argument: _points_ListTransactionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  ListTransactions(argument: _points_ListTransactionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  ListTransactions(argument: _points_ListTransactionsRequest, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  listTransactions(argument: _points_ListTransactionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  listTransactions(argument: _points_ListTransactionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  listTransactions(argument: _points_ListTransactionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  listTransactions(argument: _points_ListTransactionsRequest, callback: grpc.requestCallback<_points_ListTransactionsResponse__Output>): grpc.ClientUnaryCall;
  
  RedeemReward(argument: _points_RedeemRewardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  RedeemReward(argument: _points_RedeemRewardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  RedeemReward(argument: _points_RedeemRewardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  RedeemReward(argument: _points_RedeemRewardRequest, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  redeemReward(argument: _points_RedeemRewardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  redeemReward(argument: _points_RedeemRewardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  redeemReward(argument: _points_RedeemRewardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  redeemReward(argument: _points_RedeemRewardRequest, callback: grpc.requestCallback<_points_RedeemRewardResponse__Output>): grpc.ClientUnaryCall;
  
  WatchPointsBalance(argument: _points_WatchPointsBalanceRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_points_WatchPointsBalanceResponse__Output>;
  WatchPointsBalance(argument: _points_WatchPointsBalanceRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_points_WatchPointsBalanceResponse__Output>;
  watchPointsBalance(argument: _points_WatchPointsBalanceRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_points_WatchPointsBalanceResponse__Output>;
  watchPointsBalance(argument: _points_WatchPointsBalanceRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_points_WatchPointsBalanceResponse__Output>;
  
}

export interface v1Handlers extends grpc.UntypedServiceImplementation {
  GetPointsBalance: grpc.handleUnaryCall<_points_GetPointsBalanceRequest__Output, _points_GetPointsBalanceResponse>;
  
  ListTransactions: grpc.handleUnaryCall<_points_ListTransactionsRequest__Output, _points_ListTransactionsResponse>;
  
  RedeemReward: grpc.handleUnaryCall<_points_RedeemRewardRequest__Output, _points_RedeemRewardResponse>;
  
  WatchPointsBalance: grpc.handleServerStreamingCall<_points_WatchPointsBalanceRequest__Output, _points_WatchPointsBalanceResponse>;
  
}

export interface v1Definition extends grpc.ServiceDefinition {
  GetPointsBalance: MethodDefinition<_points_GetPointsBalanceRequest, _points_GetPointsBalanceResponse, _points_GetPointsBalanceRequest__Output, _points_GetPointsBalanceResponse__Output>
  ListTransactions: MethodDefinition<_points_ListTransactionsRequest, _points_ListTransactionsResponse, _points_ListTransactionsRequest__Output, _points_ListTransactionsResponse__Output>
  RedeemReward: MethodDefinition<_points_RedeemRewardRequest, _points_RedeemRewardResponse, _points_RedeemRewardRequest__Output, _points_RedeemRewardResponse__Output>
  WatchPointsBalance: MethodDefinition<_points_WatchPointsBalanceRequest, _points_WatchPointsBalanceResponse, _points_WatchPointsBalanceRequest__Output, _points_WatchPointsBalanceResponse__Output>
}
