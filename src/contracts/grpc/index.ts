/**
 * The door to proto/*.proto at run time: its types are in ../generated/grpc. Apart from the room's main door, so that
 * who only needs records (topologies, domain) never loads a gRPC library.
 */
import { join } from 'node:path';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as AuthProto } from '../generated/grpc/auth.ts';
import type { v1Client as AuthClient, v1Definition as AuthDefinition } from '../generated/grpc/auth/v1.ts';
import type { ProtoGrpcType as CoreProto } from '../generated/grpc/core.ts';
import type { v1Client as CoreClient, v1Definition as CoreDefinition } from '../generated/grpc/core/v1.ts';
import type { ProtoGrpcType as PointsProto } from '../generated/grpc/points.ts';
import type { v1Client as PointsClient, v1Definition as PointsDefinition } from '../generated/grpc/points/v1.ts';

export type {
  ValidateTokenResponse,
  ValidateTokenResponse__Output as ValidateTokenAnswer,
} from '../generated/grpc/auth/ValidateTokenResponse.ts';
export type { v1Handlers as AuthHandlers } from '../generated/grpc/auth/v1.ts';
export type { v1Handlers as CoreHandlers } from '../generated/grpc/core/v1.ts';
export type { GetPointsBalanceRequest__Output as GetPointsBalanceRequest } from '../generated/grpc/points/GetPointsBalanceRequest.ts';
export type { GetPointsBalanceResponse } from '../generated/grpc/points/GetPointsBalanceResponse.ts';
export type { ListTransactionsRequest__Output as ListTransactionsRequest } from '../generated/grpc/points/ListTransactionsRequest.ts';
export type { ListTransactionsResponse } from '../generated/grpc/points/ListTransactionsResponse.ts';
export type { Transaction } from '../generated/grpc/points/Transaction.ts';
export type { WatchPointsBalanceRequest__Output as WatchPointsBalanceRequest } from '../generated/grpc/points/WatchPointsBalanceRequest.ts';
export type { WatchPointsBalanceResponse } from '../generated/grpc/points/WatchPointsBalanceResponse.ts';
export type { RedeemRewardRequest__Output as RedeemRewardRequest } from '../generated/grpc/points/RedeemRewardRequest.ts';
export type {
  RedeemRewardResponse,
  RedeemRewardResponse__Output as RedeemRewardAnswer,
} from '../generated/grpc/points/RedeemRewardResponse.ts';
export { _points_RedeemRewardResponse_Status as RedemptionStatus } from '../generated/grpc/points/RedeemRewardResponse.ts';
export type { v1Handlers as PointsHandlers } from '../generated/grpc/points/v1.ts';
export type { AuthClient, CoreClient, PointsClient };

const folder = join(import.meta.dirname, '..', '..', '..', 'proto');

/** Must match the options of the type generator (../generate.ts), or the types tell lies about what arrives. */
const options = { keepCase: true, longs: String, defaults: true };

const load = (file: string): PackageDefinition => loadSync(join(folder, file), options);

/** Everything proto/points.proto defines; reflection shows it. */
export const pointsPackage: PackageDefinition = load('points.proto');

const authPackage = load('auth.proto');
const corePackage = load('core.proto');

const serviceOf = (definitions: PackageDefinition, name: string): ServiceDefinition =>
  definitions[name] as ServiceDefinition;

/** Full name of our service, as health checks and reflection know it. */
export const pointsServiceName = 'points.v1';

export const pointsService = serviceOf(pointsPackage, pointsServiceName) as unknown as PointsDefinition;
export const authService = serviceOf(authPackage, 'auth.v1') as unknown as AuthDefinition;
export const coreService = serviceOf(corePackage, 'core.v1') as unknown as CoreDefinition;

type ClientOf<Client> = new (...args: ConstructorParameters<ServiceClientConstructor>) => Client;

/** `new PointsServiceClient(address, credentials, options)`; calls take a deadline from the caller. */
export const PointsServiceClient: ClientOf<PointsClient> = (
  loadPackageDefinition(pointsPackage) as unknown as PointsProto
).points.v1;

/** `new AuthServiceClient(address, credentials, options)`; calls take a deadline from the caller. */
export const AuthServiceClient: ClientOf<AuthClient> = (loadPackageDefinition(authPackage) as unknown as AuthProto).auth
  .v1;

/** `new CoreServiceClient(address, credentials, options)`; calls take a deadline from the caller. */
export const CoreServiceClient: ClientOf<CoreClient> = (loadPackageDefinition(corePackage) as unknown as CoreProto).core
  .v1;
