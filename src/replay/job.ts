import { z } from 'zod';
import { PointsError } from '../common/errors.ts';
import type { ReplaySource, Selection } from './selection.ts';

/** The offsets [from, to) of a partition of the source. */
export interface SourceRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** A run of a replay: what is copied is settled when it begins, so that what comes later is not. */
export interface ReplayJob {
  readonly id: string;
  readonly from: ReplaySource;
  readonly selection: Selection;
  readonly ranges: readonly SourceRange[];
}

/** A replay as asked for that makes no sense; its message says why. */
export class ReplayInvalidError extends PointsError {
  readonly code = 'REPLAY_INVALID';
}

/** The broker takes 4,096 bytes of metadata beside an offset by default. */
const maxMetadataBytes = 4_000;

/** A selection as it is kept, or sent back by who was told of it. */
export const selectionShape = z.object({
  errors: z.array(z.string()),
  merchantId: z.string().nullable(),
  sinceMs: z.number().nullable(),
  untilMs: z.number().nullable(),
  retryable: z.boolean(),
  sourceTopic: z.string().nullable(),
});

const kept = z.object({
  to: z.int().min(0),
  selection: selectionShape,
});

/** What is kept beside the progress on a partition: with it a run is taken up again without its command line. */
export function metadataOf({ selection }: Pick<ReplayJob, 'selection'>, { to }: Pick<SourceRange, 'to'>): string {
  const text = JSON.stringify({ to, selection });
  if (Buffer.byteLength(text) > maxMetadataBytes) throw new ReplayInvalidError('There are too many filters');
  return text;
}

/** What a run has left, by what it kept. @throws ReplayInvalidError where that is nothing, or not a replay's */
export function resumedJob(
  id: string,
  from: ReplaySource,
  progress: readonly { readonly partition: number; readonly offset: number; readonly metadata?: string }[],
): ReplayJob {
  const parts = progress.map(({ partition, offset, metadata }) => {
    const read = kept.safeParse(parseJson(metadata ?? ''));
    if (!read.success) throw new ReplayInvalidError(`What replay ${id} kept cannot be read`);
    return { range: { partition, from: offset, to: read.data.to }, selection: read.data.selection };
  });
  const [first] = parts;
  if (first === undefined) throw new ReplayInvalidError(`There is no replay ${id}, or it is over for more than a week`);
  return { id, from, selection: first.selection, ranges: parts.map(({ range }) => range) };
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
