import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ValidateTokenRequest as _auth_ValidateTokenRequest, ValidateTokenRequest__Output as _auth_ValidateTokenRequest__Output } from './auth/ValidateTokenRequest.ts';
import type { ValidateTokenResponse as _auth_ValidateTokenResponse, ValidateTokenResponse__Output as _auth_ValidateTokenResponse__Output } from './auth/ValidateTokenResponse.ts';
import type { v1Client as _auth_v1Client, v1Definition as _auth_v1Definition } from './auth/v1.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  auth: {
    ValidateTokenRequest: MessageTypeDefinition<_auth_ValidateTokenRequest, _auth_ValidateTokenRequest__Output>
    ValidateTokenResponse: MessageTypeDefinition<_auth_ValidateTokenResponse, _auth_ValidateTokenResponse__Output>
    v1: SubtypeConstructor<typeof grpc.Client, _auth_v1Client> & { service: _auth_v1Definition }
  }
}

