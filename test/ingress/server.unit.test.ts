import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerUnknownPaths, guardRequests, type HttpLimits, httpServerOptions } from '../../src/ingress/index.ts';

/** A listening server that answers POST / with the length of the body, and a raw connection to it. */
const open = async (limits: HttpLimits): Promise<Socket> => {
  const app = fastify(httpServerOptions(limits));
  guardRequests(app);
  answerUnknownPaths(app);
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/', (request) => ({ length: (request.body as Buffer).length }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  onTestFinished(async () => {
    socket.destroy();
    await app.close();
  });
  await once(socket, 'connect');
  return socket;
};

/** All that is answered until the server closes the connection. */
const answer = async (socket: Socket): Promise<{ status: string; body: unknown }> => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  return { status: head.split('\r\n')[0] ?? '', body: JSON.parse(body) };
};

const limits: HttpLimits = { requestTimeoutMs: 300, headersTimeoutMs: 150, checkIntervalMs: 50 };

describe('the HTTP server', () => {
  it('gives up on headers that do not end', async () => {
    const socket = await open(limits);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\n');
    expect(await answer(socket)).toMatchObject({
      status: 'HTTP/1.1 408 Request Timeout',
      body: { status: 408, reason: 'request_too_slow' },
    });
  });

  it('gives up on a body that does not end', async () => {
    const socket = await open(limits);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123');
    expect(await answer(socket)).toMatchObject({
      status: 'HTTP/1.1 408 Request Timeout',
      body: { status: 408, reason: 'request_too_slow' },
    });
  });

  it('refuses headers of more than 16 KiB', async () => {
    const socket = await open({});
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
    expect(await answer(socket)).toMatchObject({
      status: 'HTTP/1.1 431 Request Header Fields Too Large',
      body: { status: 431, reason: 'headers_too_large' },
    });
  });

  it('answers what is no HTTP with 400', async () => {
    const socket = await open({});
    socket.write('hello\r\n\r\n');
    expect(await answer(socket)).toMatchObject({
      status: 'HTTP/1.1 400 Bad Request',
      body: { status: 400, reason: 'request_malformed' },
    });
  });

  it('answers 413 before a body that is too large has been sent', async () => {
    const socket = await open({ bodyLimitBytes: 10 });
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n');
    expect((await answer(socket)).status).toBe('HTTP/1.1 413 Payload Too Large');
  });

  it('closes a connection that it gives up on, though the sender keeps its side open', async () => {
    const socket = await open(limits);
    socket.allowHalfOpen = true;
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123');
    socket.resume();
    await once(socket, 'end');
    const failed = Promise.withResolvers<string | undefined>();
    socket.on('error', (error: NodeJS.ErrnoException) => failed.resolve(error.code));
    // The first byte is answered by a reset; the next one finds it.
    const dripping = setInterval(() => socket.write('4'), 20);
    onTestFinished(() => clearInterval(dripping));
    expect(['ECONNRESET', 'EPIPE']).toContain(await failed.promise);
  });

  it('refuses a request to two hosts', async () => {
    const socket = await open({});
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\n\r\n1');
    expect(await answer(socket)).toMatchObject({ status: 'HTTP/1.1 400 Bad Request', body: { status: 400 } });
  });

  it('answers a few requests that come at once in their order, and ends a connection that floods it', async () => {
    const one = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const polite = await open({});
    polite.write(['a', 'bb', 'ccc'].map(one).join('') + one('dddd').replace('Host', 'Connection: close\r\nHost'));
    let text = '';
    polite.setEncoding('utf8').on('data', (more: string) => (text += more));
    await once(polite, 'close');
    expect([...text.matchAll(/"length":(\d)/g)].map(([, length]) => length)).toStrictEqual(['1', '2', '3', '4']);

    const flooding = await open({});
    const ended = Promise.withResolvers<undefined>();
    flooding.on('error', () => undefined).on('close', () => ended.resolve(undefined));
    flooding.resume();
    flooding.write(one('a').repeat(17));
    await ended.promise;
    expect(flooding.closed).toBe(true);
  });
});
