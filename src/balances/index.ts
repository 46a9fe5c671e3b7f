export { type BalanceReader, type BalanceSource, createBalanceReader } from './read-balance.ts';
