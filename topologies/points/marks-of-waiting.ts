import type { IngestCommand, SeenEvent } from '../../src/contracts/index.ts';
import type { KeyValueStore, ProcessorContext, RememberedOfTask } from '../../src/streams/index.ts';
import { eventKey, sourceName } from './records.ts';
import { dedupeWindowMs } from './stores.ts';

/**
 * The dedupe marks of events that wait for their merchant's rate. A mark can expire before its event's turn comes, and the
 * same order, delivered again, then waits too. So a mark names the record that is applied for its event: the one that is
 * let in last, or else the first whose turn comes. From then on it is remembered for a whole window again, as long as the
 * ledger may take to know it.
 */
export function marksOfWaiting(
  context: Pick<ProcessorContext, 'streamTime' | 'afterCommit'>,
  marks: KeyValueStore<SeenEvent>,
  onDuplicate: (() => void) | undefined,
): RememberedOfTask<string, IngestCommand> {
  return {
    async resume(records) {
      await marks.load(records.map(({ value }) => eventKey(value)));
      return records.filter(({ value, source }) => {
        const key = eventKey(value);
        const own = source === undefined ? null : sourceName(source);
        if (!isOf(marks.get(key), own)) {
          context.afterCommit(() => onDuplicate?.());
          return false;
        }
        const expiresAt = Math.max(context.streamTime(), value.occurred_at) + dedupeWindowMs;
        marks.put(key, { expires_at: expiresAt, source: own });
        return true;
      });
    },
    forget({ value, source }) {
      // Its replay would be taken for a repeat; but what another record waits or was applied for stays.
      const own = source === undefined ? null : sourceName(source);
      if (isOf(marks.get(eventKey(value)), own)) marks.delete(eventKey(value));
    },
  };
}

/** Marks of before there were names are taken for the record's own. */
const isOf = (mark: SeenEvent | undefined, source: string | null): boolean =>
  mark === undefined || mark.source === null || mark.source === source;
