export type { Balance, BalanceCache, LedgerReader } from './ports.ts';
export { type BalanceReader, type BalanceSource, createBalanceReader } from './read-balance.ts';
