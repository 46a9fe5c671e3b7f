import type { servers } from './servers.ts';

/** Which servers a role cannot do without. */
export const needs = {
  ingress: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl', 'redisStateUrl'],
  processor: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl', 'redisStateUrl'],
  'balances-server': ['mongoUrl', 'redisCacheUrl', 'redisStateUrl', 'authHost'],
  setup: ['kafkaBrokers', 'registryUrl', 'mongoUrl'],
  compliance: ['mongoUrl'],
  operator: ['kafkaBrokers', 'registryUrl', 'mongoUrl'],
  translator: ['redisCacheUrl'],
  inspection: ['mongoUrl'],
  dlq: ['kafkaBrokers', 'registryUrl'],
  replay: ['kafkaBrokers', 'registryUrl'],
  verify: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl'],
  doctor: [],
} as const satisfies Readonly<Record<string, readonly (keyof typeof servers)[]>>;

export type RoleName = keyof typeof needs;

/** Servers that a role uses where they are set, and does without otherwise: what they are for is then not served. */
export const uses = {
  ingress: ['authHost'],
  processor: ['coreHost'],
  'balances-server': ['kafkaBrokers', 'registryUrl'],
  setup: [],
  compliance: [],
  operator: [],
  translator: [],
  inspection: [],
  dlq: [],
  replay: [],
  verify: [],
  doctor: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl', 'redisStateUrl', 'authHost', 'coreHost'],
} as const satisfies Readonly<Record<RoleName, readonly (keyof typeof servers)[]>>;
