export { type BalanceChannels, createBalanceChanges } from './balance-changes.ts';
export { createBalanceCache } from './balance-cache.ts';
export { createRedis, type RedisConnection, type RedisOptions } from './client.ts';
export { createOutcomeBoard } from './outcome-board.ts';
export { createHeldAnswers } from './held-answers.ts';
export { createProcessedLookup, createProcessedMarks } from './processed-marks.ts';
export { createTextCache, type TextCache } from './text-cache.ts';
export { createTextMirror } from './text-mirror.ts';
export { createTokenBuckets } from './token-buckets.ts';
