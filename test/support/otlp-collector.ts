import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector gets it, with its attributes as plain values. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** OTLP's number: 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNano: bigint;
  readonly endNano: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
  /** `points.role` of the process. */
  readonly role: unknown;
}

/** How it answers: as it should, with an error, or never. */
export type CollectorConduct = 'takes' | 'refuses' | 'hangs';

export interface OtlpCollector {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT wants it. */
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  /** Every path that was posted to, with the headers. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  conduct: CollectorConduct;
  close(): Promise<void>;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly boolValue?: boolean;
}
type Attributes = readonly { readonly key: string; readonly value: Value }[];
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number };
}
interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

const plain = (attributes: Attributes): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  );

const spansIn = ({ resourceSpans }: OtlpBody): readonly CollectedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...{ traceId: span.traceId, spanId: span.spanId, name: span.name, kind: span.kind },
        parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
        ...{ startNano: BigInt(span.startTimeUnixNano), endNano: BigInt(span.endTimeUnixNano) },
        ...{ attributes: plain(span.attributes), links: span.links ?? [], isError: span.status.code === 2 },
        role: plain(resource.attributes)['points.role'],
      })),
    ),
  );

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** Takes OTLP over HTTP as JSON, as the OpenTelemetry collector does, and keeps what comes. */
export const startOtlpCollector = async (onEnd: (cleanUp: () => Promise<void>) => unknown): Promise<OtlpCollector> => {
  const [spans, requests]: [CollectedSpan[], { path: string; headers: IncomingMessage['headers'] }[]] = [[], []];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      if (collector.conduct === 'hangs') return;
      if (collector.conduct === 'refuses') {
        response.writeHead(400).end();
        return;
      }
      spans.push(...spansIn(JSON.parse(text) as OtlpBody));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const collector: OtlpCollector = {
    ...{ endpoint: `http://127.0.0.1:${String(port)}`, spans, requests, conduct: 'takes' },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  onEnd(() => collector.close());
  return collector;
};
