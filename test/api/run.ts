/**
 * `npm run test:api`: schemathesis sends requests made from docs/openapi.yaml, right and wrong ones, to a running service,
 * and judges the answers: no 5xx but 503, only what the description says, nobody let in without a signature or a token.
 * Brings the servers and the service up by itself. Arguments go to schemathesis, for example `-- --max-examples 500`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { toError } from '../../src/common/errors.ts';
import { bringUp } from '../../src/ops/dev/bring-up.ts';
import { createClosers } from '../../src/ops/dev/closers.ts';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';
import { defaultCacheDir } from '../../src/ops/dev/install.ts';
import { folderOf, installRecipes } from '../../src/ops/dev/install-recipes.ts';
import { freePortOffset } from '../../src/ops/dev/ports.ts';
import { lockHome } from '../../src/ops/dev/run-guards.ts';
import { parseStartOptions } from '../../src/ops/dev/start-options.ts';
import { createSteps } from '../../src/ops/dev/steps.ts';
import { schemathesisProgram, schemathesisRecipe } from './install-schemathesis.ts';

const root = path.resolve(import.meta.dirname, '../..');
const steps = createSteps();
const closers = createClosers();
const options = parseStartOptions(['--quiet', '--fresh'], {
  POINTS_PORT_OFFSET: String(await freePortOffset()),
  POINTS_HOME: path.join(root, '.points', 'api-test'),
  ...process.env,
});

/**
 * Checks that hold us to a schema in what we take: a description cannot say that a till's spend has no amount or that a body must
 * name the shop that signed it, and what we do not need of a delivery may be anything.
 */
const unfit = 'negative_data_rejection,positive_data_acceptance';

/** What the hooks sign with. */
const knownOf = ({ merchants }: DevFile): string => {
  const [merchant] = merchants;
  return JSON.stringify({
    shop: merchant?.shop_domain,
    secret: merchant?.webhook_secrets[0],
    redeem: merchant?.tokens['merchant:points:redeem'],
    till: merchant?.tokens['merchant:points:pos'],
  });
};

const run = async (program: string, devFile: DevFile): Promise<number> => {
  const args = ['run', path.join(root, 'docs/openapi.yaml'), '--url', devFile.http, '--checks', 'all'];
  const usual = ['--exclude-checks', unfit, '--max-examples', '100', ...process.argv.slice(2)];
  const child = spawn(program, [...args, ...usual], {
    stdio: 'inherit',
    env: {
      ...process.env,
      SCHEMATHESIS_HOOKS: path.join(root, 'test/api/hooks.py'),
      POINTS_API_TEST: knownOf(devFile),
    },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
};

let exitCode = 1;
try {
  await mkdir(options.home, { recursive: true });
  closers.add(null, lockHome(options.home));
  const cacheDir = defaultCacheDir();
  await installRecipes([schemathesisRecipe], cacheDir, steps.tell);
  const { devFile } = await bringUp(options, { steps, closers, env: process.env });
  exitCode = await run(schemathesisProgram(folderOf(schemathesisRecipe, cacheDir)), devFile);
} catch (thrown) {
  process.stderr.write(`\n${toError(thrown).message}\n`);
} finally {
  await closers.closeAll(steps.tell);
}
process.exit(exitCode);
