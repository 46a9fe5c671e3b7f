import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { type ClientReadableStream, type ClientUnaryCall, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { World } from './world.ts';

/** What a caller sees of an answer; `text` is all of it that two callers with equal rights must see alike. */
export interface Seen {
  readonly verdict: 'allowed' | 'denied' | 'unauthenticated' | 'unavailable' | 'other';
  readonly text: string;
}

export interface Asked {
  readonly merchantId: string;
  readonly customerId: string;
}

const verdicts: Readonly<Record<string, Seen['verdict']>> = {
  ...{ OK: 'allowed', 200: 'allowed', PERMISSION_DENIED: 'denied', 403: 'denied' },
  ...{ UNAUTHENTICATED: 'unauthenticated', 401: 'unauthenticated', UNAVAILABLE: 'unavailable', 503: 'unavailable' },
};

const correlationId = 'table-1';
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The time of the answer, and ids that the request itself brings or makes, differ between any two. */
const comparable = (parts: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(parts).replaceAll(uuids, '<id>');

const metadataOf = (metadata: Metadata | undefined): Record<string, unknown> => {
  const { date: _date, ...rest } = metadata?.toJSON() ?? {};
  return rest;
};

const seen = (code: string, parts: Readonly<Record<string, unknown>>): Seen => ({
  verdict: verdicts[code] ?? 'other',
  text: comparable({ code, ...parts }),
});

const headersFor = (authorization: readonly string[]): Metadata => {
  const metadata = new Metadata();
  for (const value of authorization) metadata.add('authorization', value);
  metadata.set('x-correlation-id', correlationId);
  return metadata;
};

type Unary = 'GetPointsBalance' | 'ListTransactions' | 'RedeemReward';
type Done = (error: ServiceError | null, answer?: unknown) => void;
/** The three as one: their messages differ, and each takes from the arguments what it knows. */
type UnaryClient = Readonly<
  Record<Unary, (request: object, metadata: Metadata, options: { deadline: number }, done: Done) => ClientUnaryCall>
>;

const argumentsOf = ({ merchantId, customerId }: Asked) => ({
  ...{ merchant_id: merchantId, customer_id: customerId, locale: 'en', page_size: 0, page_token: '' },
  ...{ reward_id: randomUUID(), idempotency_token: randomUUID(), points: 10 },
});

const callUnary = (method: Unary) => (world: World, authorization: readonly string[], asked: Asked) =>
  new Promise<Seen>((resolve) => {
    let received: Metadata | undefined;
    const done: Done = (error, answer) => {
      const code = error === null ? 'OK' : status[error.code];
      const trailers = error === null ? undefined : metadataOf(error.metadata);
      resolve(seen(code, { details: error?.details, trailers, headers: metadataOf(received), answer }));
    };
    const deadline = Date.now() + 10_000;
    const client = world.client as unknown as UnaryClient;
    const call = client[method](argumentsOf(asked), headersFor(authorization), { deadline }, done);
    call.on('metadata', (metadata: Metadata) => {
      received = metadata;
    });
  });

const watch = (world: World, authorization: readonly string[], asked: Asked) =>
  new Promise<Seen>((resolve) => {
    const deadline = Date.now() + 10_000;
    const call: ClientReadableStream<unknown> = world.client.WatchPointsBalance(
      argumentsOf(asked),
      headersFor(authorization),
      { deadline },
    );
    let received: Metadata | undefined;
    call.on('metadata', (metadata: Metadata) => {
      received = metadata;
    });
    call.on('data', (answer: unknown) => {
      resolve(seen('OK', { headers: metadataOf(received), answer }));
      call.cancel();
    });
    call.on('error', (error: ServiceError) => {
      const trailers = metadataOf(error.metadata);
      resolve(seen(status[error.code], { details: error.details, trailers, headers: metadataOf(received) }));
    });
  });

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** One HTTP request whose headers may have several values; answers with what came back. */
export const requestHttp = (
  port: number,
  {
    method,
    path,
    body,
    headers,
  }: { method: string; path: string; body?: string; headers?: Record<string, string | string[]> },
) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, agent, ...(headers && { headers }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { date: _date, ...rest } = response.headers;
          resolve({ status: response.statusCode ?? 0, headers: rest, body: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });

const post =
  (path: string, bodyOf: (asked: Asked) => object) =>
  async (world: World, authorization: readonly string[], asked: Asked): Promise<Seen> => {
    const { status: code, ...rest } = await requestHttp(world.httpPort, {
      ...{ method: 'POST', path, body: JSON.stringify(bodyOf(asked)) },
      headers: {
        'content-type': 'application/json',
        'x-correlation-id': correlationId,
        ...(authorization.length > 0 && { authorization: [...authorization] }),
      },
    });
    return seen(String(code), rest);
  };

const sale = ({ merchantId, customerId }: Asked) => ({
  merchant_id: merchantId,
  transactions: [
    {
      ...{ type: 'earn', customer_id: customerId, points: 5, idempotency_token: randomUUID() },
      occurred_at: '2026-01-31T12:00:00Z',
    },
  ],
});

export type Call = (world: World, authorization: readonly string[], asked: Asked) => Promise<Seen>;

/** How each door of the table is knocked at. */
export const callers: Readonly<Record<string, Call>> = {
  '/points.v1/GetPointsBalance': callUnary('GetPointsBalance'),
  '/points.v1/ListTransactions': callUnary('ListTransactions'),
  '/points.v1/WatchPointsBalance': watch,
  '/points.v1/RedeemReward': callUnary('RedeemReward'),
  'POST /redemptions': post('/redemptions', argumentsOf),
  'POST /pos/transactions': post('/pos/transactions', sale),
};
