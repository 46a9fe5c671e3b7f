import { errorCode } from '../../common/errors.ts';
import { attribute, type Span, type Tracing } from '../../common/tracing.ts';
import type { ConsumedRecord, Headers, InterceptedBatch, StreamsInterceptor } from '../../streams/index.ts';
import { withRecordSpans } from './record-spans.ts';

/** W3C's name, in Kafka's headers as in HTTP's. */
export const traceparentHeader = 'traceparent';

/** A version 00 traceparent whose record is sampled ends so: `…-01`, or another odd number. */
const sampled = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/;

const textOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined;
};

/** What a topology does with a record, as the first word of its span's name. */
const operations: Readonly<Record<string, string>> = { points: 'decide', ingest: 'translate' };

interface Traced {
  readonly source: ConsumedRecord;
  readonly span: Span;
}

const placeOf = ({ topic, partition, offset }: ConsumedRecord): string => `${topic}/${partition}/${offset}`;

/**
 * A span for each record that comes with a sampled traceparent, from when its micro-batch is taken up until that is
 * committed. Its outputs carry it on as their parent. No trace begins here: what comes without a parent has none.
 */
export const traceRecords = (tracing: Tracing): StreamsInterceptor => {
  const begin = (topology: string, source: ConsumedRecord, parent: string): Span => {
    const correlationId = textOf(source.headers, 'correlation_id');
    return tracing.begin(`${operations[topology] ?? topology} ${source.topic}`, {
      ...{ kind: 'consumer', parent, ...(correlationId !== undefined && { correlationId }) },
      attributes: {
        ...{ 'messaging.system': 'kafka', 'messaging.operation.type': 'process' },
        ...{ 'messaging.operation.name': operations[topology] ?? topology },
        ...{ 'messaging.destination.name': source.topic, 'messaging.kafka.offset': source.offset },
        ...{ 'messaging.destination.partition.id': String(source.partition), [attribute.topology]: topology },
      },
    });
  };

  const intercepted = (records: readonly ConsumedRecord[], traced: readonly Traced[]): InterceptedBatch => {
    const spans = new Map<string, Span>();
    for (const { source, span } of traced) {
      const id = textOf(source.headers, 'correlation_id');
      // Of several that one request has led to, what is written for any of them is told on the first.
      if (id !== undefined && !spans.has(id)) spans.set(id, span);
      span.set({ 'messaging.batch.message_count': records.length });
    }
    return {
      records,
      run: (work) => withRecordSpans(spans, work),
      onCommit: (failures) => {
        const errors = new Map(failures.map(({ source, error }) => [placeOf(source), errorCode(error)]));
        for (const { source, span } of traced) span.end(errors.get(placeOf(source)));
      },
      onAbandon: (error) => {
        for (const { span } of traced) span.end(error === undefined ? 'NOT_COMMITTED' : errorCode(error));
      },
    };
  };

  return {
    onConsume: ({ topology, records }) => {
      const traced: Traced[] = [];
      let changed: ConsumedRecord[] | undefined;
      for (const [index, source] of records.entries()) {
        const parent = textOf(source.headers, traceparentHeader);
        if (parent === undefined || !sampled.test(parent)) continue;
        const span = begin(topology, source, parent);
        const { traceparent } = span;
        if (traceparent === undefined) continue;
        traced.push({ source, span });
        changed ??= [...records];
        changed[index] = { ...source, headers: { ...source.headers, [traceparentHeader]: traceparent } };
      }
      return changed === undefined ? undefined : intercepted(changed, traced);
    },
  };
};
