import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpRequest } from '../../src/common/http-request.ts';

/** A port that browsers refuse, and `fetch` with them. */
const blockedPort = 10_080;

const serve = (port: number, answer: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(418).end(`${request.method ?? ''} ${answer}`));
    });
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      onTestFinished(() => void server.close());
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

describe('a request', () => {
  it('gets status and text, whatever the status is', async () => {
    const port = await serve(0, 'tea');
    const answer = await httpRequest(`http://127.0.0.1:${String(port)}/`, {
      method: 'POST',
      body: 'x',
      timeoutMs: 2_000,
    });
    expect(answer).toEqual({ status: 418, text: 'POST tea' });
  });

  it('goes to a port that fetch refuses', async () => {
    // Where somebody else has the port, that somebody answers: it is the refusal that must not come.
    await serve(blockedPort, 'tea').catch(() => undefined);
    const answer = await httpRequest(`http://127.0.0.1:${String(blockedPort)}/`, { timeoutMs: 2_000 });
    expect(answer.status).toBeGreaterThan(0);
  });

  it('is one to repeat where nobody listens', async () => {
    // The discard port: nothing has served it for decades.
    await expect(httpRequest('http://127.0.0.1:9/', { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
    });
  });
});
