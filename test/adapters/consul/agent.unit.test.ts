import { expect, onTestFinished, test } from 'vitest';
import { createConsulAgent, type OfferedService } from '../../../src/adapters/consul/index.ts';
import { startConsulStandin } from '../../support/consul-agent.ts';

const service: OfferedService = {
  ...{ id: 'points-host/1-50059', name: 'points', address: '10.0.0.7', port: 50_059 },
  checkUrl: 'http://10.0.0.7:8080/health',
};

test('A service is registered with a check that removes it when it is gone, found, and deregistered', async () => {
  const consul = await startConsulStandin(onTestFinished);
  const agent = createConsulAgent(consul);
  expect(await agent.find(service.id)).toBeUndefined();
  await agent.register(service);
  expect(consul.services.get(service.id)).toEqual({
    ...{ ID: 'points-host/1-50059', Name: 'points', Address: '10.0.0.7', Port: 50_059 },
    Check: {
      ...{ CheckID: 'service:points-host/1-50059', Name: 'HTTP /health', Method: 'GET' },
      ...{ HTTP: 'http://10.0.0.7:8080/health', Interval: '5s', Timeout: '2s', DeregisterCriticalServiceAfter: '1m' },
    },
  });
  expect(await agent.find(service.id)).toEqual({ name: 'points', address: '10.0.0.7', port: 50_059 });
  await agent.deregister(service.id);
  expect(consul.services.size).toBe(0);
  // Whoever is not known is where he is to be.
  await agent.deregister(service.id);
});

test('The token goes with every request, in its header and nowhere else', async () => {
  const consul = await startConsulStandin(onTestFinished, { token: 'hunter2' });
  const agent = createConsulAgent({ ...consul, token: 'hunter2' });
  await agent.register(service);
  await agent.find(service.id);
  await agent.deregister(service.id);
  expect(consul.refused).toEqual([]);
  expect(consul.asked.join()).not.toContain('hunter2');
});

test('An agent that refuses us can be asked again, and its reason is told', async () => {
  const consul = await startConsulStandin(onTestFinished, { token: 'right' });
  const agent = createConsulAgent({ ...consul, token: 'wrong' });
  const refusal = expect.objectContaining({
    ...{ code: 'DEPENDENCY_UNAVAILABLE', retryable: true },
    facts: expect.objectContaining({ status: 403, reason: expect.stringContaining('Permission denied') }),
  });
  await expect(agent.register(service)).rejects.toEqual(refusal);
  await expect(agent.find(service.id)).rejects.toEqual(refusal);
  await expect(agent.deregister(service.id)).rejects.toEqual(refusal);
});

test('An agent that answers 500, something else or nothing is away', async () => {
  const consul = await startConsulStandin(onTestFinished);
  const agent = createConsulAgent({ ...consul, timeoutMs: 200 });
  const away = { code: 'DEPENDENCY_UNAVAILABLE', retryable: true };
  consul.behave('broken');
  await expect(agent.find(service.id)).rejects.toMatchObject({ ...away, facts: { status: 500 } });
  consul.behave('hanging');
  await expect(agent.register(service)).rejects.toMatchObject(away);
  await expect(createConsulAgent({ url: 'http://127.0.0.1:1' }).find('x')).rejects.toMatchObject(away);
});
