/** The runbooks an alert may send somebody to, as files under docs/runbooks. */
export const runbooks = [
  'write-bottleneck',
  'webhook-failures',
  'mongodb-crash',
  'kafka-loss',
  'redis-loss',
  'lag',
  'dead-letters-and-replay',
  'bad-deploy',
  'restore-ledger',
  'add-partitions',
  'rotate-secrets-and-certificates',
  'erase-a-customer',
  'overload',
] as const;
