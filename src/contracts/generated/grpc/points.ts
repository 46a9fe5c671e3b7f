import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { GetPointsBalanceRequest as _points_GetPointsBalanceRequest, GetPointsBalanceRequest__Output as _points_GetPointsBalanceRequest__Output } from './points/GetPointsBalanceRequest.ts';
import type { GetPointsBalanceResponse as _points_GetPointsBalanceResponse, GetPointsBalanceResponse__Output as _points_GetPointsBalanceResponse__Output } from './points/GetPointsBalanceResponse.ts';
import type { v1Client as _points_v1Client, v1Definition as _points_v1Definition } from './points/v1.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  points: {
    GetPointsBalanceRequest: MessageTypeDefinition<_points_GetPointsBalanceRequest, _points_GetPointsBalanceRequest__Output>
    GetPointsBalanceResponse: MessageTypeDefinition<_points_GetPointsBalanceResponse, _points_GetPointsBalanceResponse__Output>
    v1: SubtypeConstructor<typeof grpc.Client, _points_v1Client> & { service: _points_v1Definition }
  }
}

