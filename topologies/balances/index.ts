export { type BalancesParts, balancesTopology } from './topology.ts';
