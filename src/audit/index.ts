export { ProjectionBehindError } from './errors.ts';
export type { Fault } from './faults.ts';
export { verifyBooks, type VerifyParts, type VerifyReport } from './verify.ts';
