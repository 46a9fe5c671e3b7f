export { createTransactionLister, type TransactionLister } from './list-transactions.ts';
export { type BalanceWatcher, createBalanceWatcher } from './watch-balance.ts';
export { type BalanceReader, type BalanceSource, createBalanceReader } from './read-balance.ts';
