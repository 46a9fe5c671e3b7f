import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CustomerRFM as _core_CustomerRFM, CustomerRFM__Output as _core_CustomerRFM__Output } from './core/CustomerRFM.ts';
import type { GetCustomerRFMRequest as _core_GetCustomerRFMRequest, GetCustomerRFMRequest__Output as _core_GetCustomerRFMRequest__Output } from './core/GetCustomerRFMRequest.ts';
import type { PutCustomerRFMRequest as _core_PutCustomerRFMRequest, PutCustomerRFMRequest__Output as _core_PutCustomerRFMRequest__Output } from './core/PutCustomerRFMRequest.ts';
import type { v1Client as _core_v1Client, v1Definition as _core_v1Definition } from './core/v1.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  core: {
    CustomerRFM: MessageTypeDefinition<_core_CustomerRFM, _core_CustomerRFM__Output>
    GetCustomerRFMRequest: MessageTypeDefinition<_core_GetCustomerRFMRequest, _core_GetCustomerRFMRequest__Output>
    PutCustomerRFMRequest: MessageTypeDefinition<_core_PutCustomerRFMRequest, _core_PutCustomerRFMRequest__Output>
    v1: SubtypeConstructor<typeof grpc.Client, _core_v1Client> & { service: _core_v1Definition }
  }
}

