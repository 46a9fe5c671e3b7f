/**
 * `npm run check`: everything that judges the source without running it. Each check is a child of its own and all run,
 * so that one start shows every fault. Ends with `Checks: N passed, N failed`; exit code 1 if any failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

interface Check {
  readonly name: string;
  /** A script for Node, relative to the root, and its arguments. */
  readonly command: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
/** dependency-cruiser takes a folder that is not there for a mistake. */
const sourceFolders = ['src', 'topologies', 'test', 'perf'].filter((folder) => existsSync(join(root, folder)));

const checks: readonly Check[] = [
  { name: 'what is generated is up to date', command: ['src/ops/generate.ts', '--check'] },
  { name: 'types (tsc)', command: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'] },
  { name: 'format (biome)', command: ['node_modules/@biomejs/biome/bin/biome', 'format'] },
  { name: 'lint (eslint)', command: ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'] },
  {
    name: 'rooms (dependency-cruiser)',
    command: [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config=.dependency-cruiser.cjs',
      ...sourceFolders,
    ],
  },
  { name: 'nothing dead (knip)', command: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'] },
];

const results = checks.map(({ name, command }) => {
  const startedMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const passed = status === 0;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (!passed) process.stdout.write(`\n${stdout}${stderr}\n`);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${name}  ${seconds} s\n`);
  return passed;
});

const failed = results.filter((passed) => !passed).length;
process.stdout.write(`Checks: ${results.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
