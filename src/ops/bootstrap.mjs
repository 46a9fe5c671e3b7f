// The door of every npm script: `node src/ops/bootstrap.mjs <command> [arguments]`. Runs on Node 20, on a fresh clone.
import { launch } from './launch.mjs';

/** command → script from the repository's root, and the arguments that come before the caller's */
const commands = {
  start: ['src/ops/start.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  check: ['src/ops/check.ts'],
  'try-image': ['src/ops/test-image.ts'],
  generate: ['src/ops/generate.ts'],
  balance: ['src/ops/dev/read-balance.ts'],
  follow: ['src/ops/dev/follow.ts'],
  standin: ['src/ops/dev/standin.ts'],
  redeem: ['src/ops/dev/redeem.ts'],
  'dev-ca': ['src/ops/dev/dev-ca.ts'],
  bench: ['perf/bench.ts'],
  'ci-replay': ['src/ops/dev/ci-replay.ts', '--once'],
  faults: ['test/chaos/run.ts'],
  containers: ['test/containers/run.ts'],
  api: ['test/api/run.ts'],
  k6: ['perf/k6/run.ts'],
  attacks: ['test/trust/webhooks/run.ts'],
};

const [command = '', ...args] = process.argv.slice(2);
if (Object.hasOwn(commands, command)) {
  const [script, ...first] = commands[command];
  await launch(script, [...first, ...args], { inRoot: true });
} else {
  process.stderr.write(`points: unknown command "${command}"; there are ${Object.keys(commands).join(', ')}\n`);
  process.exitCode = 64;
}
