import { createHmac, randomUUID } from 'node:crypto';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import type { StageShop } from './stage.ts';

/** What is posted; headers are over those of a genuine delivery, and undefined leaves one out. */
export interface Posting {
  readonly topic: string;
  readonly shop: StageShop;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Sends the body in chunks of this size, without saying its length. */
  readonly chunkBytes?: number;
}

export interface DoorAnswer {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
  readonly tookMs: number;
}

/** A client of the front door that keeps its connections. */
export interface Door {
  post(posting: Posting): Promise<DoorAnswer>;
  /** Status of an operator's page. */
  statusOf(path: string): Promise<number>;
  close(): void;
}

export const sign = (secret: string, body: Buffer): string =>
  createHmac('sha256', secret).update(body).digest('base64');

/** Longer than anything at the door may take. */
const answerWithinMs = 20_000;

const headersOf = ({ topic, shop, body, headers = {}, chunkBytes }: Posting): OutgoingHttpHeaders => {
  const all: Record<string, string | readonly string[] | undefined> = {
    'content-type': 'application/json',
    'x-shopify-topic': topic,
    'x-shopify-shop-domain': shop.shopDomain,
    'x-shopify-webhook-id': randomUUID(),
    'x-shopify-hmac-sha256': sign(shop.secret, body),
    ...(chunkBytes === undefined ? { 'content-length': String(body.length) } : { 'transfer-encoding': 'chunked' }),
    ...headers,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as OutgoingHttpHeaders;
};

export const openDoor = (port: number, connections: number): Door => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const to = { host: '127.0.0.1', port, agent };

  const ask = (method: string, path: string, headers: OutgoingHttpHeaders, body: readonly Buffer[]) =>
    new Promise<DoorAnswer>((resolve) => {
      const since = performance.now();
      const outgoing = request({ ...to, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        const done = (): void => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text, tookMs: performance.now() - since });
        };
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', done)
          .on('error', done);
      });
      outgoing.setTimeout(answerWithinMs, () => outgoing.destroy(new Error('No answer in time')));
      outgoing.on('error', (error) => {
        resolve({ status: 0, text: String(error), tookMs: performance.now() - since });
      });
      for (const part of body) outgoing.write(part);
      outgoing.end();
    });

  const partsOf = ({ body, chunkBytes }: Posting): readonly Buffer[] => {
    if (chunkBytes === undefined || body.length === 0) return [body];
    const count = Math.ceil(body.length / chunkBytes);
    return Array.from({ length: count }, (_, at) => body.subarray(at * chunkBytes, (at + 1) * chunkBytes));
  };

  return {
    post: (posting) => ask('POST', `/${posting.topic}`, headersOf(posting), partsOf(posting)),
    statusOf: async (path) => (await ask('GET', path, {}, [])).status,
    close: () => agent.destroy(),
  };
};

/** Does a job for each item, a few at once. */
export const eachOf = async <Item>(
  items: Iterable<Item>,
  atOnce: number,
  job: (item: Item) => Promise<void>,
): Promise<void> => {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await job(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};
