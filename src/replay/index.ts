export { adviceFor, elsewhere } from './advice.ts';
export { type DeadLetter, readDeadLetter } from './dead-letter.ts';
export { type ReplayJob, ReplayInvalidError, resumedJob, selectionShape, type SourceRange } from './job.ts';
export { findDeadLetter, listDeadLetters, type ListOptions } from './list.ts';
export { createPace } from './pace.ts';
export { dryRun, runReplay } from './run.ts';
export { everything, type ReplaySource, replaySources, type Selection } from './selection.ts';
export type { Tally } from './tally.ts';
