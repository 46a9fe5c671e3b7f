import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

const ops = path.resolve(import.meta.dirname, '../../src/ops');
let root: string;

/** Stands in for npm: counts its calls, takes its time, and leaves what npm leaves. */
const npm = `#!/bin/sh
echo "$@" >> "$NPM_CALLS"
[ -n "$NPM_FAULT" ] && { echo "npm error $NPM_FAULT" >&2; exit 1; }
rm -rf node_modules && mkdir node_modules && sleep 0.3 && touch node_modules/.package-lock.json
`;

/** Stands in for the service: tells its arguments, then ends as it is told to, or on a signal. */
const start = `
const [how, code] = process.argv.slice(2);
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), node: process.versions.node }));
if (how === 'exit') process.exit(Number(code));
let signals = 0;
process.on(code as NodeJS.Signals, () => {
  signals += 1;
  setTimeout(() => { console.log(\`signals \${signals}\`); process.exit(7); }, 200);
});
setInterval(() => {}, 1_000);
`;

/** A clone of the repository that has just what the launcher needs. */
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'points-launch-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(path.join(root, 'src/ops'), { recursive: true });
  await mkdir(path.join(root, 'bin'));
  for (const file of ['bootstrap.mjs', 'points.mjs', 'launch.mjs', 'lock.mjs', 'role-options.mjs']) {
    await copyFile(path.join(ops, file), path.join(root, 'src/ops', file));
  }
  await writeFile(path.join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  await writeFile(path.join(root, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(root, 'src/ops/start.ts'), start);
  await writeFile(path.join(root, 'src/ops/cli.ts'), start);
  await writeFile(path.join(root, 'bin/npm'), npm);
  await chmod(path.join(root, 'bin/npm'), 0o755);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const begin = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, [path.join(root, 'src/ops', script), ...args], {
    cwd: os.tmpdir(),
    env: {
      ...process.env,
      PATH: `${path.join(root, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
      NPM_CALLS: path.join(root, 'calls'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const ended = async (child: ChildProcess): Promise<Ended> => {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => (out += String(chunk)));
  child.stderr?.on('data', (chunk) => (err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
};

const npmCalls = async (): Promise<readonly string[]> =>
  (await readFile(path.join(root, 'calls'), 'utf8')).trimEnd().split('\n');

test('a fresh clone is installed once, also when two start at once, and never again', async () => {
  const both = await Promise.all([
    ended(begin('bootstrap.mjs', ['start', 'exit', '0'])),
    ended(begin('points.mjs', ['exit', '0'])),
  ]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.map(({ err }) => err).join('')).toMatch(/waiting for process \d+, which installs the packages/);
  await ended(begin('bootstrap.mjs', ['start', 'exit', '0']));
  expect(await npmCalls()).toEqual(['ci --ignore-scripts --no-audit --no-fund --loglevel=error']);
});

test('it is installed again when the lockfile has changed, and not when it was only touched', async () => {
  const lockfile = path.join(root, 'package-lock.json');
  const later = new Date(Date.now() + 60_000);
  await ended(begin('bootstrap.mjs', ['start', 'exit', '0']));
  await utimes(lockfile, later, later);
  await ended(begin('bootstrap.mjs', ['start', 'exit', '0']));
  expect(await npmCalls()).toHaveLength(1);
  await writeFile(lockfile, '{"lockfileVersion":3,"changed":true}');
  await utimes(lockfile, later, later);
  await ended(begin('bootstrap.mjs', ['start', 'exit', '0']));
  expect(await npmCalls()).toHaveLength(2);
});

test('arguments and exit code go through; npm scripts run in the root, points where it is called', async () => {
  const started = await ended(begin('bootstrap.mjs', ['start', 'exit', '9', '--port-offset', '100']));
  expect(started.code).toBe(9);
  expect(JSON.parse(started.out)).toMatchObject({ args: ['exit', '9', '--port-offset', '100'], cwd: root });
  const called = await ended(begin('points.mjs', ['exit', '3']));
  expect(called.code).toBe(3);
  expect(JSON.parse(called.out)).toMatchObject({ cwd: os.tmpdir() });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s reaches the child once, and its exit code comes back', async (signal) => {
  const child = begin('bootstrap.mjs', ['start', 'wait', signal]);
  const result = ended(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  // The handler is set right after the first line.
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill(signal);
  expect(await result).toMatchObject({ code: 7, out: expect.stringContaining('signals 1') as string });
});

test('what npm says is told, without its usage, and nothing is started', async () => {
  const failed = await ended(begin('bootstrap.mjs', ['start', 'exit', '0'], { NPM_FAULT: 'code EUSAGE not in sync' }));
  expect(failed.code).toBe(1);
  expect(failed.err).toContain('npm ci failed (exit code 1)');
  expect(failed.err).toContain('not in sync');
  expect(failed.err).not.toContain('at ');
  expect(failed.out).toBe('');
  expect(await npmCalls()).toHaveLength(1);
});

test('an unknown command is refused with those there are', async () => {
  const refused = await ended(begin('bootstrap.mjs', ['strat']));
  expect(refused.code).toBe(64);
  expect(refused.err).toMatch(/unknown command "strat"; there are start, test, /);
});
