import type { AnyBulkWriteOperation } from 'mongodb';
import type { RedemptionStatus } from '../../../sinks/ports.ts';
import type { RedemptionIdentity, RedemptionStep } from './redemption-documents.ts';

/** A step that came in one call, once or more often. */
interface Told {
  readonly step: RedemptionStep;
  /** Where in the call it stands. */
  readonly indexes: number[];
}

/** What the steps of one redemption in one call come to: a single write. At least one of both is there. */
export interface RedemptionWrite {
  readonly identity: RedemptionIdentity;
  /** The step that made it pending. */
  readonly request?: Told;
  /** The step that ended it. Of several the first: whatever contradicts it comes too late. */
  readonly end?: Told;
}

const keyOf = ({ identity }: RedemptionStep): string => Object.values(identity).map(String).join(':');

/** Gathers the steps of each redemption, in whatever order they came. */
export const foldSteps = (steps: readonly (readonly [index: number, RedemptionStep])[]): readonly RedemptionWrite[] => {
  const writes = new Map<string, RedemptionWrite>();
  for (const [index, step] of steps) {
    const key = keyOf(step);
    const before = writes.get(key) ?? { identity: step.identity };
    const place = step.status === 'pending' ? 'request' : 'end';
    const told = before[place];
    if (told === undefined) writes.set(key, { ...before, [place]: { step, indexes: [index] } });
    else told.indexes.push(index);
  }
  return [...writes.values()];
};

/** What the document says when the write is done and nothing was there: each of these has come about by it. */
export const statusesOf = ({ request, end }: RedemptionWrite): readonly RedemptionStatus[] =>
  [request, end].flatMap((told) => (told === undefined ? [] : [told.step.status]));

const ended = ['completed', 'failed'] as const satisfies readonly RedemptionStatus[];

/**
 * The write as one operation of a bulk, safe to repeat and to be run late: a pending redemption is only ever inserted, and
 * its end only written where it has none.
 *
 * The filter names the whole identity. Another redemption under the same token is not found by it, and what then would be
 * inserted meets the unique index.
 */
export const operationOf = ({ identity, request, end }: RedemptionWrite): AnyBulkWriteOperation => {
  const begun = (request ?? end)?.step.begun;
  const update =
    end === undefined
      ? { $setOnInsert: { ...begun, status: 'pending' } }
      : [
          {
            $replaceWith: {
              $cond: [
                { $in: ['$status', ended] },
                '$$ROOT',
                { $mergeObjects: [{ $literal: begun }, '$$ROOT', { $literal: end.step.settlement }] },
              ],
            },
          },
        ];
  return { updateOne: { filter: { ...identity }, update, upsert: true, hint: 'idx_idempotency_token' } };
};
