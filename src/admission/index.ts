export { type AdaptiveLimit, type AdaptiveLimitOptions, createAdaptiveLimit } from './adaptive-limit.ts';
export { createDoor, type Door, isShed, openDoor, type Place, type Shed, type ShedReason, unknownKey } from './door.ts';
