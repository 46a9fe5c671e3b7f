import { readFileSync } from 'node:fs';
import path from 'node:path';
import fastify from 'fastify';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { requestRoutes, webhookRoutes } from '../../src/ingress/index.ts';

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
}

const file = path.resolve(import.meta.dirname, '../../docs/openapi.yaml');
const { paths } = parse(readFileSync(file, 'utf8')) as Description;

/** For probes and Prometheus, on every role. */
const operators = ['/health', '/ready', '/metrics'];

/** Nothing is asked of what they depend on while they are only declared. */
const noDeps = new Proxy({}, { get: () => () => undefined }) as never;

const served = async (): Promise<readonly string[]> => {
  const urls = new Set<string>();
  const app = fastify();
  app.addHook('onRoute', ({ url }) => void urls.add(url));
  await app.register(webhookRoutes(noDeps));
  await app.register(requestRoutes(noDeps));
  await app.ready();
  return [...urls];
};

test('The description of the HTTP port has every route, and no other', async () => {
  expect(Object.keys(paths).sort()).toEqual([...(await served()), ...operators].sort());
});

test('What is sent may be refused and may have to be sent again: the description says so of every route', async () => {
  for (const url of await served()) {
    const responses = Object.keys(paths[url]?.['post']?.responses ?? {});
    expect(responses, url).toEqual(expect.arrayContaining(['200', '400', '401', '408', '413', '415', '503']));
  }
});
