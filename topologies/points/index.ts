export type { AppliedEvents, EventRef, MerchantSource, PointsParts, PointsSerdes } from './ports.ts';
export { accountsStore, dedupeWindowMs, deferredCommandsStore, seenEventsStore } from './stores.ts';
export { pointsTopology } from './topology.ts';
