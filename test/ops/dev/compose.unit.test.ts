import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { portsAt } from '../../../src/ops/dev/ports.ts';
import { startServers } from '../../../src/ops/dev/servers.ts';

let folder: string;

/** Stands in for docker: notes what it is asked for, with the ports it is given. */
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'points-compose-'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });
  const docker = path.join(folder, 'docker');
  const script = `#!/bin/sh
echo "$@ kafka=$POINTS_KAFKA_PORT mongo=$POINTS_MONGO_PORT" >> '${folder}/calls'
case "$*" in *" up "*) exit \${DOCKER_UP_EXIT:-0};; esac
`;
  await writeFile(docker, script);
  await chmod(docker, 0o755);
  vi.stubEnv('PATH', `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`);
});

const calls = async (): Promise<readonly string[]> =>
  (await readFile(path.join(folder, 'calls'), 'utf8')).trimEnd().split('\n');

const upCall =
  /^compose -p points-8580 -f \S+docker-compose\.yml up --detach --wait kafka redis-state registry kafka=9592 mongo=27517$/;

test('where Docker answers, the servers that nobody named come from the compose file, at the offset’s ports', async () => {
  const servers = await startServers({
    dataDir: folder,
    ports: portsAt(500),
    roles: ['kafka', 'redisState', 'registry'],
    env: {},
  });
  expect(servers.handles).toEqual({});
  expect(servers.addresses.brokers).toEqual(['127.0.0.1:9592']);
  await servers.stop();
  const [info, version, up, down] = await calls();
  expect(info).toMatch(/^info /);
  expect(version).toMatch(/^compose version /);
  expect(up).toMatch(upCall);
  expect(down).toMatch(/ down --timeout 10 kafka=/);
  expect(down).not.toContain('--volumes');
});

test('volumes are removed before a fresh start and when the data is to go', async () => {
  const servers = await startServers({ dataDir: folder, ports: portsAt(500), fresh: true, env: {} });
  await servers.stop({ removeData: true });
  const [, , first, up, last] = await calls();
  expect(first).toMatch(/ down --timeout 10 --volumes /);
  expect(up).toMatch(/ up --detach --wait kafka mongo redis-cache redis-state registry /);
  expect(last).toMatch(/ down --timeout 10 --volumes /);
});

test('containers are taken down again when one does not become healthy', async () => {
  vi.stubEnv('DOCKER_UP_EXIT', '1');
  await expect(startServers({ dataDir: folder, ports: portsAt(500), env: {} })).rejects.toMatchObject({
    code: 'INSTALL_FAILED',
  });
  expect((await calls()).at(-1)).toMatch(/ down --timeout 10 kafka=/);
});
