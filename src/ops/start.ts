/**
 * `npm start`: the whole of Points on a developer's machine. Brings the servers and the service up, sends sample orders
 * and shows their balances and the sagas behind them, then stays until it is told to stop. It only composes; production runs cli.ts alone.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { toError } from '../common/errors.ts';
import { bringUp } from './dev/bring-up.ts';
import { createClosers } from './dev/closers.ts';
import { demonstrate } from './dev/demonstrate.ts';
import { devFilePath, removeDevFile, writeDevFile } from './dev/dev-file.ts';
import { pasteLines } from './dev/paste.ts';
import { lockHome, whenOneDies } from './dev/run-guards.ts';
import { demonstrateSagas } from './dev/sagas/demonstrate-sagas.ts';
import { createStatusReader } from './dev/service-status.ts';
import { parseStartOptions } from './dev/start-options.ts';
import { showStatus } from './dev/status-line.ts';
import { createSteps } from './dev/steps.ts';
import { aborted, stopSignal } from './dev/stop-signal.ts';

const options = parseStartOptions(process.argv.slice(2), process.env);
const steps = createSteps();
const closers = createClosers();
const stopping = new AbortController();
const asked = stopSignal();

/** Resolves with the exit code. */
const run = async (): Promise<number> => {
  const { devFile, watched } = await bringUp(options, { steps, closers, env: process.env });
  const file = path.relative('', devFilePath(options.home));
  const work = async (): Promise<number> => {
    await writeDevFile(options.home, devFile);
    closers.add(null, () => removeDevFile(options.home));
    steps.tell(`Ready: HTTP ${devFile.http}, gRPC ${devFile.grpc}; ${file} says how to connect`);
    steps.tell(`The operators' page: ${devFile.operator.url}; its token is in ${file} too`);
    const canRead = devFile.merchants.every(({ tokens }) => tokens['merchant:points:view'] !== null);
    if (!options.quiet && !canRead) {
      steps.tell(
        'AUTH_HOST names an Auth of somebody else: without its tokens no balance can be read; no samples sent',
      );
      if (options.once) return 1;
    } else if (!options.quiet) {
      const faults = [...(await demonstrate(devFile, steps)), ...(await demonstrateSagas(devFile, steps))];
      if (options.once) return faults.length === 0 ? 0 : 1;
      steps.print(`\n${pasteLines(devFile, options.home)}\n`);
    }
    await showStatus({ read: createStatusReader(devFile.http), signal: AbortSignal.any([asked, stopping.signal]) });
    return 0;
  };
  return Promise.race([work(), whenOneDies(watched, stopping.signal)]);
};

let exitCode = 1;
try {
  await mkdir(options.home, { recursive: true });
  closers.add(null, lockHome(options.home));
  // Nobody can have written it who still runs.
  await removeDevFile(options.home);
  exitCode = await Promise.race([run(), aborted(asked).then(() => 0)]);
} catch (thrown) {
  process.stderr.write(`\n${toError(thrown).message}\n`);
} finally {
  stopping.abort();
  await closers.closeAll(steps.tell);
}
// Something may still be on its way up: it ends with us.
process.exit(exitCode);
