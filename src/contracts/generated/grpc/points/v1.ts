// Original file: points.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetPointsBalanceRequest as _points_GetPointsBalanceRequest, GetPointsBalanceRequest__Output as _points_GetPointsBalanceRequest__Output } from '../points/GetPointsBalanceRequest.ts';
import type { GetPointsBalanceResponse as _points_GetPointsBalanceResponse, GetPointsBalanceResponse__Output as _points_GetPointsBalanceResponse__Output } from '../points/GetPointsBalanceResponse.ts';

export interface v1Client extends grpc.Client {
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  GetPointsBalance(argument: _points_GetPointsBalanceRequest, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  getPointsBalance(argument: _points_GetPointsBalanceRequest, callback: grpc.requestCallback<_points_GetPointsBalanceResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface v1Handlers extends grpc.UntypedServiceImplementation {
  GetPointsBalance: grpc.handleUnaryCall<_points_GetPointsBalanceRequest__Output, _points_GetPointsBalanceResponse>;
  
}

export interface v1Definition extends grpc.ServiceDefinition {
  GetPointsBalance: MethodDefinition<_points_GetPointsBalanceRequest, _points_GetPointsBalanceResponse, _points_GetPointsBalanceRequest__Output, _points_GetPointsBalanceResponse__Output>
}
