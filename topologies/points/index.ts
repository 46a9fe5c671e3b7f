export type { AppliedEvents, EventRef, MerchantSource, PointsParts, PointsSerdes } from './ports.ts';
export { accountsStore, dedupeWindowMs, seenEventsStore } from './stores.ts';
export { pointsTopology } from './topology.ts';
