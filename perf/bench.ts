/**
 * `npm run bench` (`-- --short`: at most four minutes; `-- --only points,latency`: parts of it; `-- --load`: webhooks and
 * balance reads of a whole instance; `-- --overload`: ten times what fits through its doors). Measures the service beside the ceiling of the same machine, with all servers on
 * it, and looks whether what it measured was right. perf/README.md says what each number means.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClosers } from '../src/ops/dev/closers.ts';
import { runLoad } from './load/run.ts';
import { measureEndToEnd } from './parts/end-to-end.ts';
import { measureLatency } from './parts/latency.ts';
import { measureMillion } from './parts/million.ts';
import { measureNaive } from './parts/naive.ts';
import { measurePoints } from './parts/points.ts';
import { startService } from './parts/service.ts';
import { chartOf } from './report/chart.ts';
import { latestOf, type Measured } from './report/measured.ts';
import { rowsOf } from './report/rows.ts';
import { checksText, pageOf, tableOf } from './report/table.ts';
import { Checks } from './rig/checks.ts';
import { circumstancesOf } from './rig/circumstances.ts';
import type { Run } from './rig/run.ts';
import { elapsedSeconds, say } from './rig/say.ts';
import { startBenchServers } from './rig/servers.ts';
import { longSizes, shortSizes } from './rig/sizes.ts';

const parts = ['points', 'end-to-end', 'latency', 'million', 'naive'] as const;
const results = join(import.meta.dirname, 'results');
/** Exit codes: a number that came of a wrong run is worse than one that is too small. */
const exitCodes = { wrong: 1, notReached: 2 } as const;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    load: { type: 'boolean', default: false },
    overload: { type: 'boolean', default: false },
    shedding: { type: 'string', default: 'on' },
    only: { type: 'string', default: parts.join(',') },
    profile: { type: 'string' },
    'port-offset': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

async function measure(run: Run, chosen: ReadonlySet<string>): Promise<Measured> {
  const naive = chosen.has('naive') ? await measureNaive(run) : null;
  const points = chosen.has('points') ? await measurePoints(run) : null;
  const service = chosen.has('end-to-end') || chosen.has('latency') ? await startService(run) : null;
  const endToEnd = service !== null && chosen.has('end-to-end') ? await measureEndToEnd(run, service) : null;
  const latency = service !== null && chosen.has('latency') ? await measureLatency(run, service) : null;
  await service?.processor.end();
  await service?.world.close();
  const million = chosen.has('million') ? await measureMillion(run) : null;
  return { points, endToEnd, latency, million, naive };
}

async function bench(): Promise<void> {
  const chosen = new Set(values.only.split(','));
  const unknown = [...chosen].filter((name) => !parts.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}; there are ${parts.join(', ')}`);
  const closers = createClosers();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closers.closeAll(say).finally(() => process.exit(1)));
  }
  const sizes = values.short ? shortSizes : longSizes;
  const checks = new Checks();
  let measured: Measured;
  try {
    const portOffset = values['port-offset'] === undefined ? null : Number(values['port-offset']);
    const servers = await startBenchServers(closers, portOffset);
    measured = await measure({ servers, sizes, checks, closers, profileDir: values.profile ?? null }, chosen);
    await closers.closeAll(say);
    if (values.keep) say(`logs and state are in ${servers.folder}`);
    else await rm(servers.folder, { recursive: true, force: true });
  } catch (error) {
    await closers.closeAll(say);
    throw error;
  }
  await report(measured, checks, circumstancesOf(sizes, values.short));
}

async function report(measured: Measured, checks: Checks, circumstances: ReturnType<typeof circumstancesOf>) {
  const rows = rowsOf(measured);
  const failed = checks.failed();
  process.stdout.write(`\n${tableOf(rows)}\n${checksText(checks.all, failed)}`);
  const latest = latestOf(measured, circumstances);
  if (failed.length > 0) {
    process.stdout.write('The run is wrong: its numbers are not kept.\n');
    process.exitCode = exitCodes.wrong;
    return;
  }
  if (latest !== null) {
    await mkdir(results, { recursive: true });
    await writeFile(join(results, 'latest.json'), `${JSON.stringify(latest, null, 2)}\n`);
    await writeFile(join(results, 'latest.md'), pageOf(rows, circumstances));
    await writeFile(join(results, 'latest.svg'), chartOf(measured));
  }
  const missed = rows.flatMap(({ targets }) => targets).filter(({ isReached }) => !isReached);
  const verdict = missed.length === 0 ? 'Every target is reached' : `${missed.length} targets are not reached`;
  process.stdout.write(`${verdict}; ${elapsedSeconds().toFixed(0)} s in all.\n`);
  if (missed.length > 0) process.exitCode = exitCodes.notReached;
}

const short = values.short ? ['--short'] : [];
if (values.load) await runLoad('load', short);
else if (values.overload) {
  const only = values.only === parts.join(',') ? [] : ['--only', values.only];
  await runLoad('overload', [...short, ...only, '--shedding', values.shedding]);
} else await bench();
