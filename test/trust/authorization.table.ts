/**
 * Who may do what, as data. To add a call: a row in `doors` (with a token), in `signedDoors` (with a shop's signature) or in
 * `openDoors` (with neither, and why). To add a role: a row in `roles`. A call that stands in none of them fails the tests.
 */

export const merchant = '11111111-1111-4111-8111-111111111111';
export const otherMerchant = '22222222-2222-4222-8222-222222222222';
export const noMerchant = '33333333-3333-4333-8333-333333333333';
/** Two customers of `merchant`, one of `otherMerchant`, one of nobody. */
export const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const neighbour = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
export const stranger = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc';
export const nobody = 'dddddddd-dddd-4ddd-8ddd-dddddddddddd';

/** A call that a token opens. */
export interface Door {
  /** As gRPC or HTTP has it. */
  readonly name: string;
  /** The scope that opens every customer of the token's merchant. */
  readonly merchantScope: string;
  /** The scope that opens the token's own customer alone; null where none does. */
  readonly customerScope: string | null;
}

export const doors: readonly Door[] = [
  { name: '/points.v1/GetPointsBalance', merchantScope: 'merchant:points:view', customerScope: 'customer:points:view' },
  { name: '/points.v1/ListTransactions', merchantScope: 'merchant:points:view', customerScope: 'customer:points:view' },
  {
    name: '/points.v1/WatchPointsBalance',
    merchantScope: 'merchant:points:view',
    customerScope: 'customer:points:view',
  },
  { name: '/points.v1/RedeemReward', merchantScope: 'merchant:points:redeem', customerScope: 'customer:points:redeem' },
  { name: 'POST /redemptions', merchantScope: 'merchant:points:redeem', customerScope: 'customer:points:redeem' },
  { name: 'POST /pos/transactions', merchantScope: 'merchant:points:pos', customerScope: null },
];

/** Calls that a shop's signature opens: a token is worth nothing there. */
export const signedDoors: readonly string[] = [
  'POST /orders/create',
  'POST /orders/cancelled',
  'POST /refunds/create',
  'POST /customers/data_request',
  'POST /customers/redact',
  'POST /shop/redact',
];

/** Calls that anybody may make who reaches the port, and why that is right. */
export const openDoors: Readonly<Record<string, string>> = {
  '/grpc.health.v1.Health/Check': 'Load balancers ask it, and have no token; it says no more than that we serve',
  '/grpc.health.v1.Health/List': 'as Check',
  '/grpc.health.v1.Health/Watch': 'as Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': 'The contract is public, and holds no data',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': 'as v1',
  'GET /health': 'The kubelet asks it, and has no token',
  'GET /ready': 'as /health',
  'GET /metrics': 'Prometheus asks it; it holds no customer, and stays inside the cluster',
};

/** What a token may hold in its scopes. Only the exact names open anything. */
export const roles: Readonly<Record<string, readonly string[]>> = {
  'a merchant that views': ['merchant:points:view'],
  'a customer that views': ['customer:points:view'],
  'a merchant that redeems': ['merchant:points:redeem'],
  'a customer that redeems': ['customer:points:redeem'],
  'a till': ['merchant:points:pos'],
  'a customer of both': ['customer:points:view', 'customer:points:redeem'],
  everything: [
    ...['merchant:points:view', 'customer:points:view', 'merchant:points:redeem', 'customer:points:redeem'],
    ...['merchant:points:pos', 'merchant:points:unheard-of'],
  ],
  nothing: [],
  'an unknown scope': ['merchant:points:unheard-of'],
  'a wildcard': ['*', 'merchant:*', 'merchant:points:*', 'merchant:points'],
  'upper case': ['MERCHANT:POINTS:VIEW', 'Merchant:Points:Redeem', 'merchant:points:POS', 'CUSTOMER:POINTS:VIEW'],
  'a longer scope': [
    'merchant:points:view:all',
    'merchant:points:redeem2',
    'merchant:points:pos/',
    'customer:points:views',
  ],
  'a scope with something before it': ['xmerchant:points:view', 'read,merchant:points:redeem', '"merchant:points:pos"'],
  'a shorter scope': ['points:view', 'points:redeem', 'points:pos', 'view', 'redeem', 'pos'],
};

/** For whom a token is made out. */
export const holders: Readonly<Record<string, { readonly merchantId: string; readonly customerId?: string }>> = {
  'of the customer': { merchantId: merchant, customerId: customer },
  'of no customer': { merchantId: merchant },
  'of another merchant’s customer': { merchantId: merchant, customerId: stranger },
  'of another merchant': { merchantId: otherMerchant, customerId: stranger },
};

/** Whose points are asked for. */
export const subjects: Readonly<Record<string, { readonly merchantId: string; readonly customerId: string }>> = {
  own: { merchantId: merchant, customerId: customer },
  'same merchant’s other customer': { merchantId: merchant, customerId: neighbour },
  'other merchant’s customer': { merchantId: otherMerchant, customerId: stranger },
  'other merchant’s, by the same customer id': { merchantId: otherMerchant, customerId: customer },
  'same merchant’s, by a customer id of the other': { merchantId: merchant, customerId: stranger },
  'a customer that does not exist': { merchantId: merchant, customerId: nobody },
  'other merchant’s customer that does not exist': { merchantId: otherMerchant, customerId: nobody },
  'a merchant that does not exist': { merchantId: noMerchant, customerId: customer },
};
