import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHealth, failed, type Health, passed } from '../../src/app/health.ts';
import { createHttpServer, type HttpServer } from '../../src/app/http-server.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { silentLogger } from '../../src/common/logger.ts';

interface Running {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly health: Health;
}

const start = async (prepare: (server: HttpServer) => void = () => undefined): Promise<Running> => {
  const health = createHealth({ logger: silentLogger });
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300, checkIntervalMs: 50 };
  const server = createHttpServer({ health, metrics: { registry: new Registry() }, logger: silentLogger, limits });
  prepare(server);
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${port}`, port, server, health };
};

const get = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init);
  const body = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), headers: response.headers, body };
};

describe('/ready', () => {
  test('is 200 when every check passes', async () => {
    const { url, health } = await start();
    health.register('mongo', { ready: () => passed });
    const { status, body } = await get(`${url}/ready`);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ status: 'ready', missing: [], checks: { mongo: { ok: true } } });
  });

  test('is 200 and shows it when one that can be done without does not', async () => {
    const { url, health } = await start();
    health.register('core', { optional: true, ready: () => failed('Core is not available') });
    const { status, body } = await get(`${url}/ready`);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      status: 'ready',
      missing: [],
      checks: { core: { ok: false, reason: 'Core is not available', optional: true } },
    });
  });

  test('is 503 when one does not, and says what is missing', async () => {
    const { url, health } = await start();
    health.register('mongo', { ready: () => passed });
    health.register('redis', { ready: () => failed('Redis (cache) is not available') });
    const { status, body, headers } = await get(`${url}/ready`);
    expect(status).toBe(503);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(body)).toEqual({
      status: 'not ready',
      missing: ['redis'],
      checks: { mongo: { ok: true }, redis: { ok: false, reason: 'Redis (cache) is not available' } },
    });
  });
});

test('/health is 200 while servers are away, and 503 when a part makes no progress', async () => {
  const { url, health } = await start();
  health.register('mongo', { ready: () => failed('away') });
  expect(await get(`${url}/health`)).toMatchObject({
    status: 200,
    body: '{"status":"alive","missing":[],"checks":{}}',
  });
  health.register('tasks', { live: () => failed('No progress for 60 s') });
  expect(await get(`${url}/health`)).toMatchObject({ status: 503 });
});

test('/metrics has every metric by its name, and those of the process', async () => {
  const metrics = createMetrics();
  const health = createHealth({ logger: silentLogger });
  const server = createHttpServer({ health, metrics, logger: silentLogger });
  onTestFinished(() => server.close());
  metrics.balanceLatency.observe({ source: 'hit' }, 0.004);
  metrics.errors.inc({ error_type: 'DEPENDENCY_UNAVAILABLE' });
  metrics.webhooks.inc({ outcome: 'ignored', reason: 'guest' });
  metrics.transactions.inc({ type: 'earn', locale: 'he' });
  const { body, type } = await get(`http://127.0.0.1:${await server.listen('127.0.0.1', 0)}/metrics`);
  expect(type).toContain('text/plain');
  expect(body).toContain('points_balance_latency_seconds_bucket{le="0.005",source="hit"} 1');
  expect(body).toContain('points_errors_total{error_type="DEPENDENCY_UNAVAILABLE"} 1');
  expect(body).toContain('points_webhooks_total{outcome="ignored",reason="guest"} 1');
  expect(body).toContain('points_transactions_total{type="earn",locale="he"} 1');
  expect(body).toContain('# TYPE points_webhook_latency_seconds histogram');
  expect(body).toContain('# TYPE points_grpc_calls_total counter');
  expect(body).toContain('process_cpu_seconds_total');
  expect(body).toContain('nodejs_eventloop_lag_seconds');
});

describe('a refusal is a JSON problem', () => {
  test('404 for an unknown path', async () => {
    const { url } = await start();
    const answer = await get(`${url}/admin`);
    expect(answer).toMatchObject({ status: 404, type: 'application/problem+json; charset=utf-8' });
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'about:blank', title: 'Not Found', status: 404 });
  });

  test('405 with what is allowed for another method', async () => {
    const { url } = await start();
    // QUERY may not come without a content type; that it may not come at all is said first.
    for (const method of ['POST', 'DELETE', 'QUERY']) {
      const answer = await get(`${url}/health`, { method });
      expect(answer).toMatchObject({ status: 405, type: 'application/problem+json; charset=utf-8' });
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
    expect(await get(`${url}/health`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('413 for a body of more than 1 MiB', async () => {
    const { url } = await start((server) => {
      server.register(async (app) => {
        app.post('/echo', (request) => request.body);
      });
    });
    const big = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
    const headers = { 'content-type': 'application/json' };
    const answer = await get(`${url}/echo`, { method: 'POST', body: big, headers });
    expect(answer).toMatchObject({ status: 413, type: 'application/problem+json; charset=utf-8' });
  });

  test('500 without a word of the reason for a fault of ours', async () => {
    const { url } = await start((server) => {
      server.register(async (app) => {
        app.get('/broken', () => Promise.reject(new TypeError('secret detail')));
      });
    });
    const answer = await get(`${url}/broken`);
    expect(answer).toMatchObject({ status: 500, type: 'application/problem+json; charset=utf-8' });
    expect(answer.body).not.toContain('secret detail');
  });
});

describe('a slow sender', () => {
  const answerTo = async (port: number, sent: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(sent);
    return text(socket);
  };

  test('of headers is cut off with 408', async () => {
    const { port } = await start();
    expect(await answerTo(port, 'GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('of a body is cut off with 408', async () => {
    const { port } = await start((server) => {
      server.register(async (app) => {
        app.post('/echo', (request) => request.body);
      });
    });
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{';
    expect(await answerTo(port, head)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('of more than 16 KiB of headers is refused with 431', async () => {
    const { port } = await start();
    const head = `GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(16 * 1024)}\r\n\r\n`;
    expect(await answerTo(port, head)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

test('A taken port is said in one sentence', async () => {
  const { port, server } = await start();
  const other = createHttpServer({
    health: createHealth({ logger: silentLogger }),
    metrics: { registry: new Registry() },
    logger: silentLogger,
  });
  onTestFinished(() => other.close());
  await expect(other.listen('127.0.0.1', port)).rejects.toThrow(`HTTP cannot listen on 127.0.0.1:${port}`);
  expect(server).toBeDefined();
});
