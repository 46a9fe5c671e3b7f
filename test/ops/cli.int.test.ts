import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';

const commandLine = path.resolve(import.meta.dirname, '../../src/ops/cli.ts');

/** Nobody listens there: the port is reserved, and needs a right that no test has. */
const nobody = '127.0.0.1:1';
const awayEverywhere = {
  ...{ KAFKA_BROKER: nobody, SCHEMA_REGISTRY_URL: `http://${nobody}`, POINTS_DB_HOST: nobody },
  ...{ REDIS_HOST: nobody, AUTH_HOST: nobody, POINTS_HTTP_HOST: '127.0.0.1', POINTS_GRPC_HOST: '127.0.0.1' },
  ...{ POINTS_HTTP_PORT: '0', POINTS_GRPC_PORT: '0' },
};

const start = (args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess => {
  const child = spawn(process.execPath, [commandLine, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = start(args, env);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { stdout, stderr, code: code as number };
};

test('--help lists the commands and every setting', async () => {
  const { stdout, code } = await run(['--help']);
  expect(code).toBe(0);
  const tools = ['setup', 'config', 'doctor', 'translations', 'merchants', 'compliance', 'dlq', 'replay', 'verify'];
  for (const command of ['ingress', 'processor', 'service', 'balances-server', ...tools]) {
    expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
  expect(stdout).toMatch(/^  POINTS_GRPC_PORT +Port of gRPC; 0 takes a free one \[50059\]$/m);
  expect(stdout).toMatch(
    /^  AUTH_HOST +gRPC address of Auth, host:port \[required by [a-z, -]*balances-server, used by ingress, doctor\]$/m,
  );
});

test('Settings that are missing or wrong are all told at once, and the exit code is 78', async () => {
  const { stdout, stderr, code } = await run(['balances-server'], { REDIS_HOST: 'redis', POINTS_GRPC_PORT: 'many' });
  expect(code).toBe(78);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    [
      'points: the configuration is not usable',
      '  POINTS_DB_HOST is not set (MongoDB, host:port or connection string)',
      '  AUTH_HOST is not set (gRPC address of Auth, host:port)',
      '  POINTS_GRPC_PORT must be a whole number of 0-65535',
      'points config shows what is set, points --help describes every setting',
      '',
    ].join('\n'),
  );
});

test('config tells what is in force, where it comes from and every fault, and hides what is secret', async () => {
  const env = { POINTS_DB_HOST: 'mongodb://points:hunter2@db', POINTS_GRPC_PORT: 'many', POINTS_HTPP_PORT: '1' };
  const { stdout, code } = await run(['config', '--role', 'balances-server', '--changed'], env);
  expect(code).toBe(78);
  expect(stdout).toBe(
    [
      'setting           from         value',
      'POINTS_DB_HOST    environment  mongodb://********@db',
      'POINTS_GRPC_PORT  environment  many',
      '',
      'Not usable:',
      '  REDIS_HOST is not set (Redis that may evict (balances), host:port or URL)',
      '  AUTH_HOST is not set (gRPC address of Auth, host:port)',
      '  POINTS_GRPC_PORT must be a whole number of 0-65535',
      '',
      'Perhaps misspelt:',
      '  POINTS_HTPP_PORT is no setting and is not read: POINTS_HTTP_PORT?',
      '',
    ].join('\n'),
  );
  expect((await run(['config', '--role', 'balances-server'], awayEverywhere)).code).toBe(0);
});

test('An unknown command is refused', async () => {
  const { stderr, code } = await run(['fly']);
  expect(code).toBe(1);
  expect(stderr).toContain("unknown command 'fly'");
});

test.each(['HTTP', 'GRPC'])('A taken %s port is told in one line, and the exit code is 1', async (kind) => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const env = { ...awayEverywhere, [`POINTS_${kind}_PORT`]: String(port) };
  const { stderr, code } = await run(['balances-server'], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^points: g?${kind === 'HTTP' ? 'HTTP' : 'RPC'} cannot listen on 127.0.0.1:${port}; .*\n$`),
  );
});

describe.each(['ingress', 'processor', 'service', 'balances-server'])('%s, while every server is away', (role) => {
  test('waits: it lives, is not ready, and ends with 0 when it is told to', async () => {
    const child = start([role], awayEverywhere);
    let log = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
    const errors = text(child.stderr!);
    const httpPort = (): string | undefined => /"http_port":(\d+)/.exec(log)?.[1];
    await until('HTTP listens', () => httpPort() !== undefined, 20_000);
    const url = `http://127.0.0.1:${httpPort()}`;
    await until('it says what it waits for', () => log.includes('"msg":"Waiting for a server"'), 20_000);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { missing: string[] }).missing.join()).toContain('mongodb');
    if (role === 'ingress' || role === 'service') {
      const headers = { 'x-shopify-shop-domain': 'example.myshopify.com', 'x-shopify-hmac-sha256': 'c2lnbmVk' };
      const answer = await fetch(`${url}/orders/create`, { method: 'POST', body: '{}', headers });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    }
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    // Lines of the log are JSON, and nothing goes past it.
    for (const line of log.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(await errors).toBe('');
  });
});
