import { toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { AuditEntry } from '../contracts/index.ts';
import type { ProcessedMarks } from './ports.ts';

export interface ProcessedSinkOptions {
  readonly marks: ProcessedMarks;
  readonly logger: Logger;
  /** Counts entries that could not be marked. */
  readonly onUnmarked?: (entries: number) => void;
}

/**
 * Marks events and deliveries as processed, so that ingress can answer a repeat without publishing it. Best effort: a
 * missing mark costs a duplicate that the points topology drops. Never throws.
 */
export const markProcessed = async (
  { marks, logger, onUnmarked }: ProcessedSinkOptions,
  entries: readonly AuditEntry[],
): Promise<void> => {
  if (entries.length === 0) return;
  try {
    await marks.mark(entries);
  } catch (error) {
    logger.warn({ err: toError(error), entries: entries.length }, 'Events were not marked as processed');
    onUnmarked?.(entries.length);
  }
};
