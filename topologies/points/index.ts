export type { AppliedEvents, Decided, EventRef, MerchantSource, PointsParts, PointsSerdes } from './ports.ts';
export {
  accountsStore,
  deadlinesStore,
  dedupeWindowMs,
  deferredCommandsStore,
  ordersStore,
  redemptionsStore,
  rewardsStore,
  seenEventsStore,
} from './stores.ts';
export { pointsTopology } from './topology.ts';
