export { type LedgerParts, LedgerRefusedError, ledgerTopology } from './topology.ts';
