import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allRoles } from '../../src/ops/dev/servers.ts';
import { faultsOf, isSetting, repository } from '../support/manifests.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly deploy?: object;
}

const file = parse(readFileSync(path.join(repository, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const services = Object.entries(file.services).map(([name, service]) => ({ name, ...service }));
const ours = services.filter(({ image }) => image === 'points-service:latest');
/** What `npm start` takes; they are of a developer's machine, and keep what they have. */
const servers = ['kafka', 'mongo', 'redis-cache', 'redis-state', 'registry'];
const others = services.filter(({ name }) => !servers.includes(name));

const textOf = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

test('It has the whole system: servers, three of each role, what stands in, and what watches', () => {
  expect(services.map(({ name }) => name).toSorted()).toEqual(
    [
      ...servers,
      ...['setup', 'ingress', 'processor', 'balances-server', 'gateway', 'standins'],
      ...['prometheus', 'alertmanager', 'loki', 'collector', 'grafana'],
    ].toSorted(),
  );
  expect(servers).toHaveLength(allRoles.length);
});

describe.each(ours)('$name', ({ name, command = [], environment = {}, deploy, depends_on }) => {
  test('is given settings that the service knows, and can start with them', () => {
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, textOf(value)]));
    expect(Object.keys(env).filter((key) => !isSetting(key))).toEqual([]);
    expect(command).toEqual([name]);
    expect(faultsOf(name, env)).toEqual([]);
  });

  test('is there three times, with half a core and 512 MiB each, after the set-up', () => {
    if (name === 'setup') {
      expect(depends_on).not.toHaveProperty('setup');
      return;
    }
    expect(deploy).toEqual({ replicas: 3, resources: { limits: { cpus: '0.5', memory: '512M' } } });
    expect(depends_on).toMatchObject({ setup: { condition: 'service_completed_successfully' } });
  });

  test('names servers that are there, by the ports that they have inside', () => {
    const hosts = Object.values(environment).flatMap((value) => [...textOf(value).matchAll(/([a-z][a-z-]+):\d+/g)]);
    expect(hosts.length).toBeGreaterThanOrEqual(7);
    expect(hosts.map(([, host]) => host ?? '').filter((host) => !(host in file.services))).toEqual([]);
  });
});

describe.each(others)('$name', (service) => {
  test('is confined', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service).not.toHaveProperty('privileged');
    expect(service.deploy).toHaveProperty('resources.limits.memory');
  });
});

describe.each(services)('$name', (service) => {
  test('has an image of ours or of a version', () => {
    const own = ['points-service:latest', 'points-service:development'];
    if (own.includes(service.image)) expect(service.build?.target).toMatch(/^(service|development)$/);
    else expect(service.image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
  });

  test('can be reached from this machine alone', () => {
    expect((service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('mounts volumes and files that are there, and what it waits for is there and can be waited for', () => {
    for (const volume of service.volumes ?? []) {
      const [source = '', target] = volume.split(':');
      if (source.startsWith('./')) {
        expect(existsSync(path.join(repository, source)), source).toBe(true);
      }
      if (target !== undefined && !/^[./]/.test(source)) expect(file.volumes).toHaveProperty([source]);
    }
    const waitsFor = service.depends_on ?? [];
    const names = Array.isArray(waitsFor) ? (waitsFor as readonly string[]) : Object.keys(waitsFor);
    expect(names.filter((name) => !(name in file.services))).toEqual([]);
    for (const [name, { condition }] of Array.isArray(waitsFor) ? [] : Object.entries(waitsFor as object)) {
      if (condition === 'service_healthy') expect(file.services[name]).toHaveProperty('healthcheck.test');
    }
  });
});

test('One door publishes HTTP and gRPC, and it spreads them over all instances', () => {
  const publishing = services.filter(({ ports = [] }) => ports.some((port) => /:(8080|50059)$/.test(port)));
  // The registry listens on 8080 too, and is published at its own port.
  expect(publishing.map(({ name }) => name)).toEqual(['registry', 'gateway']);
  expect(file.services['gateway']?.ports?.map(textOf)).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:50059:50059']);
  const proxy = readFileSync(path.join(repository, 'deploy/compose/haproxy.cfg'), 'utf8');
  expect(proxy).toMatch(/server-template ingress 3 ingress:8080 /);
  expect(proxy).toMatch(/server-template balances 3 balances-server:50059 proto h2 /);
});

test('Prometheus asks every instance', () => {
  const targets = parse(readFileSync(path.join(repository, 'deploy/compose/targets/points.yml'), 'utf8')) as readonly {
    readonly targets: readonly string[];
    readonly labels: { readonly role: string };
  }[];
  const wanted = ours
    .filter(({ name }) => name !== 'setup')
    .map(({ name }) => ({
      targets: [1, 2, 3].map((index) => `points-${name}-${String(index)}:8080`),
      labels: { role: name },
    }));
  expect(targets).toEqual(wanted);
});
