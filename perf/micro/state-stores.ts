/**
 * `node perf/micro/state-stores.ts`: the state stores of four tasks in one process, with a million accounts and a day of
 * a million event ids. Each phase is a process of its own, so that its memory is its own; one of them is killed -9 in
 * the middle of writing. Writes results/state-stores.json.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settings } from './state-load.ts';
import { expire, fill, inMemory, open, run, writeOn } from './state-phases.ts';

const phases = { fill, run, writeOn, open, expire, inMemory } as const;
type Phase = keyof typeof phases;

const isPhase = (name: string | undefined): name is Phase => name !== undefined && name in phases;

function start(phase: Phase, folder: string) {
  const child = fork(import.meta.filename, [phase, folder], { execArgv: ['--expose-gc'] });
  return { child, ended: once(child, 'exit') };
}

async function resultOf(phase: Phase, folder: string): Promise<unknown> {
  const { child, ended } = start(phase, folder);
  const [result] = await Promise.race([once(child, 'message'), ended.then(() => [undefined])]);
  await ended;
  if (result === undefined) throw new Error(`The phase ${phase} gave no result`);
  console.log(phase, JSON.stringify(result));
  return result;
}

async function killWhileWriting(folder: string): Promise<void> {
  const { child, ended } = start('writeOn', folder);
  await Promise.race([once(child, 'message'), ended]);
  await sleep(2_000);
  child.kill('SIGKILL');
  await ended;
}

async function measure(): Promise<void> {
  const folder = await mkdtemp(join(import.meta.dirname, '..', '..', '.points', 'state-stores-'));
  const results: Record<string, unknown> = {};
  try {
    for (const phase of ['inMemory', 'fill', 'run'] as const) results[phase] = await resultOf(phase, folder);
    const kilobytes = execFileSync('du', ['-sk', folder], { encoding: 'utf8' });
    results['diskMegabytes'] = Math.round(parseInt(kilobytes, 10) / 1_024);
    await killWhileWriting(folder);
    results['openAfterKill'] = await resultOf('open', folder);
    results['expire'] = await resultOf('expire', folder);
  } finally {
    await rm(folder, { recursive: true });
  }
  // Times say little where others used the cores meanwhile; CPU and memory still do.
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadAverage: loadavg()[2] };
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const file = join(import.meta.dirname, '..', 'results', 'state-stores.json');
  await writeFile(file, `${JSON.stringify({ machine, commit, settings, ...results }, null, 2)}\n`);
}

const [phase, folder = ''] = process.argv.slice(2);
if (isPhase(phase)) process.send?.(await phases[phase](folder));
else await measure();
if (process.connected) process.disconnect();
