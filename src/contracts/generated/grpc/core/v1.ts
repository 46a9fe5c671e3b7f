// Original file: core.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CustomerRFM as _core_CustomerRFM, CustomerRFM__Output as _core_CustomerRFM__Output } from '../core/CustomerRFM.ts';
import type { GetCustomerRFMRequest as _core_GetCustomerRFMRequest, GetCustomerRFMRequest__Output as _core_GetCustomerRFMRequest__Output } from '../core/GetCustomerRFMRequest.ts';
import type { PutCustomerRFMRequest as _core_PutCustomerRFMRequest, PutCustomerRFMRequest__Output as _core_PutCustomerRFMRequest__Output } from '../core/PutCustomerRFMRequest.ts';

export interface v1Client extends grpc.Client {
  GetCustomerRFM(argument: _core_GetCustomerRFMRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  GetCustomerRFM(argument: _core_GetCustomerRFMRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  GetCustomerRFM(argument: _core_GetCustomerRFMRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  GetCustomerRFM(argument: _core_GetCustomerRFMRequest, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  getCustomerRfm(argument: _core_GetCustomerRFMRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  getCustomerRfm(argument: _core_GetCustomerRFMRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  getCustomerRfm(argument: _core_GetCustomerRFMRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  getCustomerRfm(argument: _core_GetCustomerRFMRequest, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  
  PutCustomerRFM(argument: _core_PutCustomerRFMRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  PutCustomerRFM(argument: _core_PutCustomerRFMRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  PutCustomerRFM(argument: _core_PutCustomerRFMRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  PutCustomerRFM(argument: _core_PutCustomerRFMRequest, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  putCustomerRfm(argument: _core_PutCustomerRFMRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  putCustomerRfm(argument: _core_PutCustomerRFMRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  putCustomerRfm(argument: _core_PutCustomerRFMRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  putCustomerRfm(argument: _core_PutCustomerRFMRequest, callback: grpc.requestCallback<_core_CustomerRFM__Output>): grpc.ClientUnaryCall;
  
}

export interface v1Handlers extends grpc.UntypedServiceImplementation {
  GetCustomerRFM: grpc.handleUnaryCall<_core_GetCustomerRFMRequest__Output, _core_CustomerRFM>;
  
  PutCustomerRFM: grpc.handleUnaryCall<_core_PutCustomerRFMRequest__Output, _core_CustomerRFM>;
  
}

export interface v1Definition extends grpc.ServiceDefinition {
  GetCustomerRFM: MethodDefinition<_core_GetCustomerRFMRequest, _core_CustomerRFM, _core_GetCustomerRFMRequest__Output, _core_CustomerRFM__Output>
  PutCustomerRFM: MethodDefinition<_core_PutCustomerRFMRequest, _core_CustomerRFM, _core_PutCustomerRFMRequest__Output, _core_CustomerRFM__Output>
}
