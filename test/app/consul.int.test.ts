import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { freePorts } from '../../src/ops/dev/ports.ts';
import { startConsulStandin } from '../support/consul-agent.ts';
import { sharedServers } from '../support/servers.ts';
import { until } from '../support/until.ts';

test('A balances server is in Consul while it can be asked, and is out of it before its door closes', async () => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const grpcPort = String((await freePorts(1))[0]);
  let isOpenAtTheEnd = false;
  const consul = await startConsulStandin(onTestFinished, {
    token: 'hunter2',
    onDeregister: async () => {
      const socket = connect(Number(grpcPort), '127.0.0.1');
      isOpenAtTheEnd = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'close').then(() => false),
      ]).catch(() => false);
      socket.destroy();
    },
  });
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo, REDIS_HOST: redis.cache },
    ...{
      REDIS_STATE_HOST: redis.state,
      AUTH_HOST: '127.0.0.1:1',
      POINTS_DB_NAME: `consul-${randomUUID().slice(0, 8)}`,
    },
    ...{
      POINTS_HTTP_HOST: '127.0.0.1',
      POINTS_HTTP_PORT: '0',
      POINTS_GRPC_HOST: '127.0.0.1',
      POINTS_GRPC_PORT: grpcPort,
    },
    ...{ CONSUL_HTTP_ADDR: consul.url, CONSUL_HTTP_TOKEN: 'hunter2', SERVICE_PORT: grpcPort },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const role = await prepareProcess('balances-server', env, () => silentLogger).start();
  onTestFinished(async () => {
    await role.lifecycle.stop('test');
  });
  // Not before it works: it would be asked for what it cannot answer yet.
  expect(consul.asked).toEqual([]);
  await role.started;
  await until('it is registered', () => consul.services.size === 1, 10_000);
  const [id, service] = [...consul.services].at(0)!;
  expect(service).toMatchObject({ Name: 'points', Port: Number(grpcPort) });
  expect(await consul.checkOf(id)).toBe(200);
  const ready = (await (await fetch(`http://127.0.0.1:${String(role.httpPort)}/ready`)).json()) as { checks: object };
  expect(ready.checks).toMatchObject({ consul: { ok: true } });

  expect(await role.lifecycle.stop('test')).toBe(true);
  expect(isOpenAtTheEnd).toBe(true);
  expect(consul.services.size).toBe(0);
  expect(consul.refused).toEqual([]);
});
