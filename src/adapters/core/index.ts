export { type CircuitState, createCircuitBreaker } from './circuit-breaker.ts';
export { createCoreClient } from './core-client.ts';
export { createCustomerDirectory, type LookupResult } from './customer-directory.ts';
