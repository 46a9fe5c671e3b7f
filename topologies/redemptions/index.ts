export { RedemptionRefusedError, type RedemptionsParts, redemptionsTopology } from './topology.ts';
