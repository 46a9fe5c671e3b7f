import { describe, expect, onTestFinished, test } from 'vitest';
import { openTracing, type SpanFate, type TracingOptions } from '../../../src/adapters/tracing/index.ts';
import { inSpan, type Span, type Tracing } from '../../../src/common/tracing.ts';
import { startOtlpCollector } from '../../support/otlp-collector.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { until } from '../../support/until.ts';

const rig = async (changes: Partial<TracingOptions> = {}) => {
  const collector = await startOtlpCollector(onTestFinished);
  const logger = recordingLogger();
  const fates: Partial<Record<SpanFate, number>> = {};
  const tracing = openTracing({
    ...{ url: `${collector.endpoint}/v1/traces`, headers: { 'x-token': 'of the collector' } },
    ...{ sampler: 'parentbased_traceidratio', ratio: 1, serviceName: 'points', role: 'test', instanceId: 'i', logger },
    ...{ gatherMs: 10, timeoutMs: 300, flushMs: 300 },
    onSpans: (fate, spans) => {
      fates[fate] = (fates[fate] ?? 0) + spans;
    },
    ...changes,
  });
  onTestFinished(() => tracing.close());
  return { collector, tracing, logger, fates };
};

const parts = (traceparent: string | undefined): readonly string[] => traceparent?.split('-') ?? [];
const wanted = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const unwanted = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('a span', () => {
  test('is the child of the one around it, across what is awaited, and has its correlation id', async () => {
    const { collector, tracing } = await rig();
    let inner: Span | undefined;
    const outer = tracing.begin('outer', { kind: 'server', correlationId: 'c-1' });
    await outer.run(async () => {
      await Promise.resolve();
      await inSpan(tracing, 'inner', { kind: 'client', attributes: { a: 1, b: undefined } }, async (span) => {
        inner = span;
        expect(tracing.active()).toBe(span);
        expect(tracing.logFields()).toEqual({
          trace_id: parts(span?.traceparent)[1],
          span_id: parts(span?.traceparent)[2],
        });
      });
    });
    expect(tracing.active()).toBeUndefined();
    expect(tracing.logFields()).toEqual({});
    outer.end();
    await tracing.close();
    const [, traceId, outerId] = parts(outer.traceparent);
    expect(collector.spans).toMatchObject([
      { name: 'inner', traceId, parentSpanId: outerId, spanId: parts(inner?.traceparent)[2], kind: 3 },
      { name: 'outer', traceId, parentSpanId: undefined, kind: 2, attributes: { correlation_id: 'c-1' } },
    ]);
    expect(collector.spans[0]?.attributes).toEqual({ a: 1, correlation_id: 'c-1' });
    expect(collector.requests).toMatchObject([{ path: '/v1/traces', headers: { 'x-token': 'of the collector' } }]);
  });

  test('goes on where a traceparent says, and begins anew for what is none', async () => {
    const { tracing } = await rig({ ratio: 0 });
    expect(parts(tracing.begin('child', { kind: 'server', parent: wanted }).traceparent)[1]).toBe(parts(wanted)[1]);
    for (const parent of [
      unwanted,
      'rubbish',
      `${wanted}-more`,
      '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    ]) {
      expect(tracing.begin('child', { kind: 'server', parent }).traceparent).toBeUndefined();
    }
  });

  test('that failed tells the code of its error and nothing of its words', async () => {
    const { collector, tracing } = await rig();
    const failing = inSpan(tracing, 'failing', { kind: 'client' }, () => Promise.reject(new TypeError('a secret')));
    await expect(failing).rejects.toThrow('a secret');
    await tracing.close();
    expect(collector.spans).toMatchObject([{ isError: true, attributes: { 'error.type': expect.any(String) } }]);
    expect(JSON.stringify(collector.spans.map(({ attributes }) => attributes))).not.toContain('secret');
  });
});

describe('sampling', () => {
  test('keeps the part of the traces it is told to', async () => {
    const { tracing } = await rig({ ratio: 0.25, maxQueued: 512 });
    const kept = Array.from({ length: 4_000 }, () => tracing.begin('root', { kind: 'server' })).filter(
      ({ traceparent }) => traceparent !== undefined,
    );
    // Four standard deviations of a fair draw either way.
    expect(Math.abs(kept.length - 1_000)).toBeLessThan(110);
  });

  test.each([
    ['parentbased_always_on', true, false, true],
    ['parentbased_always_off', false, false, true],
    ['traceidratio', false, false, false],
    ['always_on', true, true, true],
    ['always_off', false, false, false],
  ] as const)(
    'by %s: a root %s, after an unwanted %s, after a wanted %s',
    async (sampler, root, unsampled, sampled) => {
      const { tracing } = await rig({ sampler, ratio: 0 });
      const isKept = (parent?: string) =>
        tracing.begin('one', { kind: 'server', ...(parent !== undefined && { parent }) }).traceparent !== undefined;
      expect([isKept(), isKept(unwanted), isKept(wanted)]).toEqual([root, unsampled, sampled]);
    },
  );

  test('sends nothing of what is not kept', async () => {
    const { collector, tracing, fates } = await rig({ ratio: 0 });
    for (let number = 0; number < 100; number += 1) tracing.begin('root', { kind: 'server' }).end();
    await tracing.close();
    expect(collector.requests).toEqual([]);
    expect(fates).toEqual({});
  });
});

const end = (tracing: Tracing, spans: number): void => {
  for (let number = 0; number < spans; number += 1) tracing.begin('root', { kind: 'server' }).end();
};

describe('a collector that takes no spans', () => {
  test('costs the spans and one line, until it takes them again', async () => {
    const { collector, tracing, fates, logger } = await rig();
    collector.conduct = 'refuses';
    end(tracing, 3);
    await until('they are lost', () => fates.not_taken === 3, 5_000);
    end(tracing, 2);
    await until('these too', () => fates.not_taken === 5, 5_000);
    collector.conduct = 'takes';
    end(tracing, 4);
    await until('the next are taken', () => fates.exported === 4, 5_000);
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: Spans are dropped: the collector does not take them',
      'info: The collector takes spans again',
    ]);
  });

  test('fills a queue that has an end, and keeps nobody waiting', async () => {
    const { collector, tracing, fates } = await rig({ maxQueued: 600, timeoutMs: 60_000, gatherMs: 60_000 });
    collector.conduct = 'hangs';
    end(tracing, 5_000);
    // One batch of 512 is with the collector, 600 wait.
    expect(fates).toEqual({ queue_full: 5_000 - 512 - 600 });
  });

  test('does not keep the process from ending', async () => {
    const { collector, tracing } = await rig({ timeoutMs: 60_000, flushMs: 50 });
    collector.conduct = 'hangs';
    end(tracing, 10);
    await tracing.close();
    expect(collector.spans).toEqual([]);
  });
});
