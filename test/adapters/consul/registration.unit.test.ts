import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  createConsulAgent,
  keepRegistered,
  type OfferedService,
  type Registration,
} from '../../../src/adapters/consul/index.ts';
import { type ConsulStandin, startConsulStandin } from '../../support/consul-agent.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { until as untilWithin } from '../../support/until.ts';

const service: OfferedService = {
  ...{ id: 'points-a-50059', name: 'points', port: 50_059, checkUrl: 'http://127.0.0.1:8080/health' },
};

const register = (consul: Pick<ConsulStandin, 'url'>, token?: string) => {
  const logger = recordingLogger();
  const agent = createConsulAgent({ url: consul.url, timeoutMs: 300, ...(token !== undefined && { token }) });
  const registration: Registration = keepRegistered({ agent, service, logger, everyMs: 40, firstPauseMs: 10 });
  onTestFinished(() => registration.stop());
  return { registration, logger, said: () => logger.lines.map(({ message }) => message) };
};
const until = (what: string, isSo: () => boolean) => untilWithin(what, isSo, 4_000);
const isKnown = (consul: ConsulStandin) => () => consul.services.has(service.id);

test('It stays registered, and is asked for without being registered again', async () => {
  const consul = await startConsulStandin(onTestFinished);
  const { registration } = register(consul);
  await until('three looks', () => consul.asked.filter((one) => one.startsWith('GET')).length >= 3);
  expect(consul.asked.filter((one) => one.includes('/register'))).toHaveLength(1);
  expect(registration.isRegistered).toBe(true);
  expect(consul.refused).toEqual([]);
});

test('An agent that has forgotten it, or holds another address, is told again', async () => {
  const consul = await startConsulStandin(onTestFinished);
  register(consul);
  await until('registered', isKnown(consul));
  consul.services.clear();
  await until('registered again', isKnown(consul));
  consul.services.set(service.id, { Name: 'points', ID: service.id, Address: '10.9.9.9', Port: 50_059 });
  await until('put right', () => consul.services.get(service.id)?.Address === undefined);
});

test('An agent that is away at the start, and breaks and hangs later, is asked until it answers', async () => {
  const first = await startConsulStandin(onTestFinished);
  first.behave('broken');
  const { registration, said } = register(first);
  await until('several attempts', () => first.asked.length >= 4);
  expect(registration.isRegistered).toBe(false);
  // Attempts 1, 2 and 4: an hour's wait is a handful of lines.
  expect(said().filter((line) => line.startsWith('Not registered')).length).toBeLessThan(first.asked.length);
  first.behave('well');
  await until('registered', () => registration.isRegistered);
  first.behave('hanging');
  await until('noticed', () => !registration.isRegistered);
  first.behave('well');
  await until('registered once more', () => registration.isRegistered);
});

test('Without the right token it goes on trying, and no line holds the token', async () => {
  const consul = await startConsulStandin(onTestFinished, { token: 'right' });
  const { logger } = register(consul, 'hunter2');
  await until('refused', () => consul.refused.length >= 2);
  expect(consul.services.size).toBe(0);
  const said = JSON.stringify(logger.lines, (_key, value: unknown) =>
    value instanceof Error ? [inspect(value, { depth: 9 })] : value,
  );
  expect(said).toContain('Permission denied');
  expect(said).not.toContain('hunter2');
});

test('Stopping deregisters it, also where the registration is under way, and nothing comes after', async () => {
  const consul = await startConsulStandin(onTestFinished);
  const { registration } = register(consul);
  await registration.stop();
  const after = consul.asked.length;
  expect(consul.services.size).toBe(0);
  expect(consul.asked.at(-1)).toBe('PUT /v1/agent/service/deregister/points-a-50059');
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(consul.asked).toHaveLength(after);
});

test('Stopping ends where the agent hangs, and says that it is still registered', async () => {
  const consul = await startConsulStandin(onTestFinished);
  const { registration, said } = register(consul);
  await until('registered', isKnown(consul));
  consul.behave('hanging');
  await registration.stop();
  expect(said().at(-1)).toBe('Not deregistered from Consul; its check will fail');
  consul.behave('well');
});
