import { connect } from 'node:net';
import { sign } from './door.ts';
import { orderOf } from './orders.ts';
import type { StageShop } from './stage.ts';

/** Bytes as no client library would send them, and what must come back. */
export interface RawCase {
  readonly name: string;
  readonly bytes: string;
  /** Statuses of all answers on the connection, in order; the connection must then be closed by the server. */
  readonly statuses: readonly number[];
}

/** Genuine headers of an order, one a line; `skip` leaves out the length. */
const deliveryLines = (shop: StageShop, body: Buffer): readonly string[] => [
  'Host: points',
  'X-Shopify-Topic: orders/create',
  `X-Shopify-Shop-Domain: ${shop.shopDomain}`,
  `X-Shopify-Hmac-Sha256: ${sign(shop.secret, body)}`,
];

const requestOf = (lines: readonly string[], body: string): string =>
  `POST /orders/create HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;

/**
 * Shapes that a proxy and a server may read differently, and that serve to smuggle a second request past one of them.
 * @param id of orders that must never be taken: the case's own, and the smuggled one's
 */
export const rawCases = (shop: StageShop, id: number): readonly RawCase[] => {
  const order = orderOf(id, 9);
  const body = order.toString();
  const lines = deliveryLines(shop, order);
  const length = `Content-Length: ${String(order.length)}`;
  const hidden = orderOf(id + 1, 9);
  const smuggled = requestOf(
    [...deliveryLines(shop, hidden), `Content-Length: ${String(hidden.length)}`],
    hidden.toString(),
  );
  const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  const close = 'Connection: close';
  const refused = (name: string, bytes: string, status = 400): RawCase => ({ name, bytes, statuses: [status] });
  return [
    refused('length and chunks', requestOf([...lines, length, 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`)),
    refused(
      'chunks and length',
      requestOf([...lines, 'Transfer-Encoding: chunked', length], `${chunked(body)}${smuggled}`),
    ),
    refused('two lengths', requestOf([...lines, length, 'Content-Length: 0'], body + smuggled)),
    refused('two equal lengths', requestOf([...lines, length, length], body)),
    refused('a list of lengths', requestOf([...lines, `${length}, ${String(order.length)}`], body)),
    refused('a length with a sign', requestOf([...lines, `Content-Length: +${String(order.length)}`], body)),
    refused('a length in hexadecimal', requestOf([...lines, 'Content-Length: 0x10'], body)),
    refused('a length without end', requestOf([...lines, `Content-Length: ${'9'.repeat(30)}`], body)),
    refused('a negative length', requestOf([...lines, 'Content-Length: -1'], body)),
    refused(
      'chunks said twice',
      requestOf([...lines, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], chunked(body)),
    ),
    refused('chunks under another name', requestOf([...lines, 'Transfer-Encoding: xchunked'], chunked(body))),
    refused('chunks behind a vertical tab', requestOf([...lines, 'Transfer-Encoding: \vchunked'], chunked(body))),
    refused('a blank before the colon', requestOf([...lines, `Content-Length : ${String(order.length)}`], body)),
    refused('a folded header', requestOf([...lines, 'X-A: b\r\n c', length], body)),
    refused('a line break alone', requestOf([...lines, `X-A: b\n${length}`], body)),
    refused('a carriage return alone', requestOf([...lines, `X-A: b\rX-B: c`, length], body)),
    refused('a NUL in a header', requestOf([...lines, 'X-A: \u0000', length], body)),
    refused('an escape in a header', requestOf([...lines, 'X-Correlation-Id: \u001b[31m', length], body)),
    refused(
      'a chunk’s length with a sign',
      requestOf([...lines, 'Transfer-Encoding: chunked'], `-1\r\n${body}\r\n0\r\n\r\n`),
    ),
    refused(
      'a chunk’s length beyond all bounds',
      requestOf([...lines, 'Transfer-Encoding: chunked'], `${'f'.repeat(17)}\r\n${body}`),
    ),
    refused(
      'a chunk that is longer than it says',
      requestOf([...lines, 'Transfer-Encoding: chunked'], `1\r\n${body}\r\n0\r\n\r\n`),
    ),
    refused('no host', requestOf(lines.slice(1).concat(length), body)),
    refused('two hosts', requestOf(['Host: elsewhere', ...lines, length], body)),
    refused('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    refused('HTTP/0.9', 'GET /health\r\n', 408),
    refused('TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'),
    refused('another protocol', '*1\r\n$8\r\nFLUSHALL\r\n'),
    refused('a method that is none', requestOf([...lines, length], body).replace('POST', 'BREW')),
    refused(
      '10,000 headers',
      requestOf([...lines, ...Array.from({ length: 10_000 }, (_, at) => `X-${String(at)}: a`), length], body),
      431,
    ),
    refused('a header of 64 KiB', requestOf([...lines, `X-A: ${'a'.repeat(65_536)}`, length], body), 431),
    refused(
      'a path of 64 KiB',
      requestOf([...lines, length], body).replace('/orders/create', `/${'a'.repeat(65_536)}`),
      431,
    ),
    refused('another method', requestOf([...lines, close, length], body).replace('POST', 'PUT'), 405),
    refused(
      'an absolute address of somebody else',
      requestOf(['Host: points', close, 'Content-Length: 0'], '').replace(
        '/orders/create',
        'http://169.254.169.254/latest',
      ),
      404,
    ),
    refused(
      'a path that climbs',
      requestOf(['Host: points', close], '').replace('POST /orders/create', 'GET /../../etc/passwd'),
      404,
    ),
    refused(
      'a path with a NUL',
      requestOf(['Host: points', close], '').replace('POST /orders/create', 'GET /%00'),
      404,
    ),
    refused(
      'a path that is no encoding',
      requestOf(['Host: points', close], '').replace('POST /orders/create', 'GET /%zz'),
    ),
    refused(
      'the path in upper case',
      requestOf([...lines, close, length], body).replace('/orders/create', '/ORDERS/CREATE'),
      404,
    ),
    refused('something else to be expected', requestOf([...lines, 'Expect: the unexpected', close, length], body), 417),
    refused(
      'a signature in two headers',
      requestOf([...lines, `X-Shopify-Hmac-Sha256: ${sign(shop.secret, order)}`, close, length], body),
      401,
    ),
    refused(
      'a shop in two headers',
      requestOf([...lines, 'X-Shopify-Shop-Domain: other.myshopify.com', close, length], body),
      401,
    ),
    refused('a topic in two headers', requestOf([...lines, 'X-Shopify-Topic: orders/create', close, length], body)),
    {
      name: 'a second request behind a body without a length',
      // Without a length the body is empty, and what follows is a request: neither is signed.
      bytes: `${requestOf(lines, '')}${requestOf([...lines, close, 'Content-Length: 0'], '')}`,
      statuses: [401, 401],
    },
  ];
};

/** Statuses of all answers until the server closes the connection. `open` where it has not after `mostMs`. */
export const sendRaw = (port: number, bytes: string, mostMs = 9_000): Promise<readonly (number | 'open')[]> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    const statuses = (): number[] =>
      [
        ...Buffer.concat(chunks)
          .toString('latin1')
          .matchAll(/HTTP\/1\.1 (\d{3}) /g),
      ].map(([, status]) => Number(status));
    const timer = setTimeout(() => {
      socket.destroy();
      resolve([...statuses(), 'open']);
    }, mostMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(statuses());
    });
    socket.write(Buffer.from(bytes, 'latin1'));
  });

const one = 'POST /orders/create HTTP/1.1\r\nHost: points\r\nContent-Length: 2\r\n\r\n{}';

/** Requests on one connection without waiting for an answer or reading any. @returns whether the server let go */
export const floodPipelined = (port: number, requests: number, mostMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => end(false), mostMs);
    // Who neither reads nor has anything left to write is not told that the other side is gone.
    const asking = setInterval(() => socket.write(one), 100);
    const end = (isLetGo: boolean): void => {
      clearTimeout(timer);
      clearInterval(asking);
      socket.destroy();
      resolve(isLetGo);
    };
    socket.pause();
    socket.on('error', () => undefined);
    socket.on('close', () => end(true));
    for (let sent = 0; sent < requests; sent += 1) socket.write(one);
  });
