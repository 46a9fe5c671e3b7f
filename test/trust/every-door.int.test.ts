import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server } from '@grpc/grpc-js';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ProcessName, processNames, prepareProcess } from '../../src/app/processes.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { temporaryFolder } from '../support/servers.ts';
import { doors, openDoors, signedDoors } from './authorization.table.ts';
import { callers, requestHttp } from './callers.ts';

/** Where nothing listens: what a process serves it serves before its servers are there, and refusals need none of them. */
const nowhere = '127.0.0.1:1';

/** A process of ours with every route and call that it has added to any server of its. */
const start = async (name: ProcessName) => {
  const urls = new Set<string>();
  const calls = new Set<string>();
  const onServer = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ url }: RouteOptions) => void urls.add(url));
  };
  subscribe('fastify.initialization', onServer);
  onTestFinished(() => void unsubscribe('fastify.initialization', onServer));
  const addService = vi.spyOn(Server.prototype, 'addService');
  onTestFinished(() => addService.mockRestore());
  const env = {
    ...{ KAFKA_BROKER: nowhere, SCHEMA_REGISTRY_URL: `http://${nowhere}`, POINTS_DB_HOST: nowhere, AUTH_HOST: nowhere },
    ...{ REDIS_HOST: nowhere, REDIS_STATE_HOST: nowhere, POINTS_STATE_DIR: await temporaryFolder('state') },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_GRPC_HOST: '127.0.0.1', POINTS_GRPC_PORT: '0' },
  };
  const running = await prepareProcess(name, env, () => silentLogger).start();
  onTestFinished(async () => {
    await running.lifecycle.stop('test');
  });
  for (const [definition] of addService.mock.calls) {
    for (const { path } of Object.values(definition)) calls.add(path);
  }
  return { httpPort: running.httpPort, urls, calls };
};

const named = [...doors.map(({ name }) => name), ...signedDoors, ...Object.keys(openDoors)];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** What whoever brings neither token nor signature is to be answered. */
const expectedOf = (method: string, url: string): readonly number[] => {
  const door = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  if (Object.hasOwn(openDoors, door)) return [200, 503];
  if (method !== 'HEAD' && named.includes(door)) return [401];
  return [404, 405];
};

test('Every door of the table has somebody who knocks at it, and no other has', () => {
  expect(Object.keys(callers).sort()).toEqual(doors.map(({ name }) => name).sort());
});

test('Every call and route of every process is in the table, and everything in the table exists', async () => {
  const found = new Set<string>();
  for (const name of processNames) {
    const { urls, calls } = await start(name);
    for (const path of calls) found.add(path);
    for (const url of urls) {
      const door = named.find((one) => one.endsWith(` ${url}`));
      found.add(door ?? `${url}, which is in no table`);
    }
  }
  expect([...found].sort()).toEqual([...named].sort());
});

describe.each(processNames)('%s', (name) => {
  test('answers whoever brings neither token nor signature only at open doors, by whatever method', async () => {
    const { httpPort, urls } = await start(name);
    const wrong: string[] = [];
    for (const url of urls) {
      for (const method of methods) {
        // A token is worth nothing where a signature is wanted; at the other doors Auth would be asked about it, and is away.
        const headers = signedDoors.includes(`${method} ${url}`) ? { authorization: 'Bearer any.token.here' } : {};
        const { status } = await requestHttp(httpPort, { method, path: url, headers });
        if (!expectedOf(method, url).includes(status)) wrong.push(`${method} ${url}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('has no way around a door by another spelling of its path', async () => {
    const { httpPort, urls } = await start(name);
    const wrong: string[] = [];
    for (const url of urls) {
      if (!named.includes(`POST ${url}`)) continue;
      const spellings = [
        ...[
          `/${url}`,
          `${url}/`,
          url.toUpperCase(),
          `/.${url}`,
          `/x/..${url}`,
          `${url};a=b`,
          `${url}?a=b`,
          `${url}%00`,
        ],
        ...[
          url.replace('/', '/%2e%2e/'),
          `/%${url.charCodeAt(1).toString(16)}${url.slice(2)}`,
          `${url}%2f`,
          `${url}.json`,
        ],
      ];
      for (const path of spellings) {
        const { status } = await requestHttp(httpPort, { method: 'POST', path });
        if (![400, 401, 404].includes(status)) wrong.push(`POST ${path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
