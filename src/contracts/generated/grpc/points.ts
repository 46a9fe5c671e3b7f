import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { GetPointsBalanceRequest as _points_GetPointsBalanceRequest, GetPointsBalanceRequest__Output as _points_GetPointsBalanceRequest__Output } from './points/GetPointsBalanceRequest.ts';
import type { GetPointsBalanceResponse as _points_GetPointsBalanceResponse, GetPointsBalanceResponse__Output as _points_GetPointsBalanceResponse__Output } from './points/GetPointsBalanceResponse.ts';
import type { ListTransactionsRequest as _points_ListTransactionsRequest, ListTransactionsRequest__Output as _points_ListTransactionsRequest__Output } from './points/ListTransactionsRequest.ts';
import type { ListTransactionsResponse as _points_ListTransactionsResponse, ListTransactionsResponse__Output as _points_ListTransactionsResponse__Output } from './points/ListTransactionsResponse.ts';
import type { RedeemRewardRequest as _points_RedeemRewardRequest, RedeemRewardRequest__Output as _points_RedeemRewardRequest__Output } from './points/RedeemRewardRequest.ts';
import type { RedeemRewardResponse as _points_RedeemRewardResponse, RedeemRewardResponse__Output as _points_RedeemRewardResponse__Output } from './points/RedeemRewardResponse.ts';
import type { Transaction as _points_Transaction, Transaction__Output as _points_Transaction__Output } from './points/Transaction.ts';
import type { WatchPointsBalanceRequest as _points_WatchPointsBalanceRequest, WatchPointsBalanceRequest__Output as _points_WatchPointsBalanceRequest__Output } from './points/WatchPointsBalanceRequest.ts';
import type { WatchPointsBalanceResponse as _points_WatchPointsBalanceResponse, WatchPointsBalanceResponse__Output as _points_WatchPointsBalanceResponse__Output } from './points/WatchPointsBalanceResponse.ts';
import type { v1Client as _points_v1Client, v1Definition as _points_v1Definition } from './points/v1.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  points: {
    GetPointsBalanceRequest: MessageTypeDefinition<_points_GetPointsBalanceRequest, _points_GetPointsBalanceRequest__Output>
    GetPointsBalanceResponse: MessageTypeDefinition<_points_GetPointsBalanceResponse, _points_GetPointsBalanceResponse__Output>
    ListTransactionsRequest: MessageTypeDefinition<_points_ListTransactionsRequest, _points_ListTransactionsRequest__Output>
    ListTransactionsResponse: MessageTypeDefinition<_points_ListTransactionsResponse, _points_ListTransactionsResponse__Output>
    RedeemRewardRequest: MessageTypeDefinition<_points_RedeemRewardRequest, _points_RedeemRewardRequest__Output>
    RedeemRewardResponse: MessageTypeDefinition<_points_RedeemRewardResponse, _points_RedeemRewardResponse__Output>
    Transaction: MessageTypeDefinition<_points_Transaction, _points_Transaction__Output>
    WatchPointsBalanceRequest: MessageTypeDefinition<_points_WatchPointsBalanceRequest, _points_WatchPointsBalanceRequest__Output>
    WatchPointsBalanceResponse: MessageTypeDefinition<_points_WatchPointsBalanceResponse, _points_WatchPointsBalanceResponse__Output>
    v1: SubtypeConstructor<typeof grpc.Client, _points_v1Client> & { service: _points_v1Definition }
  }
}

