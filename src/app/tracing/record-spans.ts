import { AsyncLocalStorage } from 'node:async_hooks';
import type { BeginSpan, Span, Tracing } from '../../common/tracing.ts';
import { errorCode } from '../../common/errors.ts';

/** The spans of the traced records of a micro-batch, by the correlation id that their outputs carry too. */
export type RecordSpans = ReadonlyMap<string, Span>;

const aroundBatch = new AsyncLocalStorage<RecordSpans>();

/** Does the work on a micro-batch so that what is done for one of its records can be told apart. */
export const withRecordSpans = <T>(spans: RecordSpans, work: () => T): T => aroundBatch.run(spans, work);

/** The span of the record that a correlation id stands for, inside of the work on its micro-batch. */
export const recordSpan = (correlationId: string | undefined): Span | undefined =>
  correlationId === undefined ? undefined : aroundBatch.getStore()?.get(correlationId);

/** What a write to a store is called by OpenTelemetry's conventions. */
export const storeSpan = (system: 'mongodb' | 'redis'): BeginSpan => ({
  kind: 'client',
  attributes: { 'db.system.name': system },
});

interface Correlated {
  readonly correlation_id: string;
}

/**
 * A write of many records to a store that is also told on the trace of each: where none of them is traced, or tracing is
 * off, the write is what it was.
 */
export function tracedWrite<Item extends Correlated, Answer>(
  tracing: Tracing | undefined,
  name: string,
  options: BeginSpan,
  write: (items: readonly Item[]) => Promise<Answer>,
): (items: readonly Item[]) => Promise<Answer> {
  if (tracing === undefined) return write;
  return async (items) => {
    const spans = aroundBatch.getStore();
    if (spans === undefined) return write(items);
    const ids = new Set(items.map(({ correlation_id }) => correlation_id).filter((id) => spans.has(id)));
    const attributes = { ...options.attributes, 'db.operation.batch.size': items.length };
    const begun = Array.from(ids, (id) => spans.get(id)?.run(() => tracing.begin(name, { ...options, attributes })));
    try {
      const answer = await write(items);
      for (const span of begun) span?.end();
      return answer;
    } catch (error) {
      for (const span of begun) span?.end(errorCode(error));
      throw error;
    }
  };
}
