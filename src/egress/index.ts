export { type BalanceServer, type BalanceServerDeps, createBalanceServer, type Redemptions } from './balance-server.ts';
export { routeGrpcLogs } from './grpc-log.ts';
export type { CallOutcome, DescribeBalance } from './ports.ts';
