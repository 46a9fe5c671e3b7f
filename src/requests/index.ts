export { asId, asPoints } from './arguments.ts';
export { askedOf, fingerprintOf } from './asked.ts';
export { authenticate, type Caller } from './authenticate.ts';
export { mayRecordSales, mayRedeem } from './authorize.ts';
export { callerKey } from './caller-key.ts';
export { correlationIdOf } from './correlation-id.ts';
export { type BatchAnswer, createDecisions, type Decisions } from './decisions.ts';
export { TooManyWaitingError } from './errors.ts';
export { redemptionCommand, type RedemptionRequest } from './redemption.ts';
