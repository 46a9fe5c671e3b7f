import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessorTopology } from '../../src/app/processor.ts';
import { httpRequest } from '../../src/common/http-request.ts';
import { roleEnvironment, roleNodeOptions } from '../../src/ops/role-options.mjs';
import { type Child, startChild } from './child.ts';
import type { World } from './world.ts';
import { pause } from './pause.ts';

/** What the points topology of a process has committed since it started. */
export interface Commits {
  readonly commits: number;
  readonly records: number;
  /** From taking up a micro-batch to its commit, all of them together. */
  readonly seconds: number;
}

/** A process of the service that runs some of its topologies. */
export interface Processor extends Child {
  /** Waits until every task of every topology runs. */
  ready(): Promise<void>;
  commits(): Promise<Commits>;
  /** Resident memory now, in MiB. */
  residentMib(): Promise<number>;
}

const script = join(import.meta.dirname, '..', 'workers', 'processor.ts');
const readyWithinMs = 180_000;
const pollMs = 20;

/** @param profileDir where to leave a CPU profile when it ends; null for none */
export function startProcessor(
  world: World,
  topologies: readonly ProcessorTopology[],
  profileDir: string | null = null,
): Processor {
  const child = startChild(script, {
    args: topologies,
    env: { ...roleEnvironment, ...world.env },
    execArgv:
      profileDir === null
        ? roleNodeOptions
        : [...roleNodeOptions, '--cpu-prof', `--cpu-prof-dir=${profileDir}`, '--cpu-prof-interval=500'],
    logFile: world.logFile('processor'),
  });

  const isReady = async (port: number): Promise<boolean> => {
    // It may be too busy restoring to answer in time.
    const answer = await httpRequest(`http://127.0.0.1:${port}/ready`, { timeoutMs: 5_000 }).catch(() => null);
    if (answer === null) return false;
    const { checks } = JSON.parse(answer.text) as {
      readonly checks: Readonly<Record<string, { readonly ok: boolean }>>;
    };
    return topologies.every((name) => checks[`streams ${name}`]?.ok === true);
  };

  /** Of all tasks together. */
  const metric = (text: string, name: string): number => {
    const lines = text.matchAll(new RegExp(`^${name}\\{[^}]*topology="points"[^}]*\\} (\\S+)$`, 'gm'));
    return Array.from(lines, ([, value]) => Number(value)).reduce((sum, value) => sum + value, 0);
  };

  return {
    ...child,
    async commits() {
      const port = await child.ask<number>('port');
      const { text } = await httpRequest(`http://127.0.0.1:${port}/metrics`, { timeoutMs: 5_000 });
      return {
        commits: metric(text, 'points_streams_commit_seconds_count'),
        seconds: metric(text, 'points_streams_commit_seconds_sum'),
        records: metric(text, 'points_streams_records_total'),
      };
    },
    async ready() {
      const port = await child.ask<number>('port');
      for (const began = performance.now(); !(await isReady(port)); await pause(pollMs)) {
        if (performance.now() - began > readyWithinMs) throw new Error(`The tasks of ${world.name} do not run`);
      }
    },
    async residentMib() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
    },
  };
}
