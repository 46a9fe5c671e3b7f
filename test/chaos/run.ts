/**
 * `npm run test:faults`: exactly once, shown on three brokers. Workers copy and count a stream of numbered records while
 * brokers and workers are stopped, killed and frozen and the brokers' answers get lost; then a checker that shares
 * nothing with them judges what is there. Exit code 0 only if that is all right. See `usage` for the options.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { freePortOffset } from '../../src/ops/dev/ports.ts';
import { type OnEnd } from './cluster.ts';
import { parseOptions, usage } from './options.ts';
import { performRun } from './perform.ts';
import { summary, verdictOf } from './summary.ts';

const cleanUps: (() => Promise<void>)[] = [];
const onEnd: OnEnd = (cleanUp) => cleanUps.push(cleanUp);
const cleanUp = async (): Promise<void> => {
  for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) {
    await next().catch((error: unknown) => console.error('While cleaning up:', error));
  }
};

const since = performance.now();
const now = (): number => performance.now() - since;
const say = (line: string): void => console.log(`[${(now() / 1_000).toFixed(1).padStart(6)}] ${line}`);

const options = (() => {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${String(error)}\n${usage}`);
    process.exit(64);
  }
})();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    say(`${signal}: stopping`);
    void cleanUp().then(() => process.exit(130));
  });
}

const dataDir = path.resolve('.points', 'faults', String(process.pid));
console.log(`Faults: ${options.form} form, seed ${String(options.seed)}, data and logs in ${dataDir}`);
let isGreen = false;
try {
  const portOffset = options.portOffset ?? (await freePortOffset());
  const run = await performRun({ ...options, portOffset, dataDir }, { now, say, onEnd });
  await cleanUp();
  isGreen = verdictOf(run.findings) === 'green';
  if (!isGreen)
    console.log(
      `Do it again: npm run test:faults -- ${options.form === 'short' ? '--short ' : ''}--seed ${String(options.seed)}`,
    );
  console.log(`\n${summary({ ...run, seed: options.seed, form: options.form, tookMs: now() })}`);
} catch (error) {
  console.error(error);
  await cleanUp();
  console.log('Verdict: red (the run did not come to its end)');
}
if (isGreen && !options.keep) {
  for (const folder of [dataDir, `${dataDir}.lock`]) await rm(folder, { recursive: true, force: true });
}
process.exit(isGreen ? 0 : 1);
