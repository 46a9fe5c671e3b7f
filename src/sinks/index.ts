export { writeBalances } from './balances-sink.ts';
export { carryOut } from './compliance-sink.ts';
export { writeLedger } from './ledger-sink.ts';
export { createOutcomeTeller } from './outcomes-sink.ts';
export { markProcessed } from './processed-sink.ts';
export { writeRedemptions } from './redemptions-sink.ts';
