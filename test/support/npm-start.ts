import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';
import { until } from './until.ts';

export interface StartRun {
  readonly child: ChildProcess;
  /** All it has printed so far, both streams. */
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

const repository = path.resolve(import.meta.dirname, '../..');

/** `npm start -- <args>` with a home folder of its own; it never meets a run of a developer on this machine. */
export const npmStart = (home: string, args: readonly string[]): StartRun => {
  const child = spawn('npm', ['start', '--', ...args], {
    cwd: repository,
    env: { ...process.env, POINTS_HOME: home, POINTS_NO_DOCKER: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => output };
};

/** Waits for dev.json, or for the end of a run that never wrote it. */
export const untilDevFile = async (home: string, run: StartRun, withinMs: number): Promise<DevFile> => {
  const file = path.join(home, 'dev.json');
  await until('dev.json was written', () => existsSync(file) || run.child.exitCode !== null, withinMs);
  if (!existsSync(file)) throw new Error(`npm start ended with ${run.child.exitCode}:\n${run.output()}`);
  return JSON.parse(readFileSync(file, 'utf8')) as DevFile;
};

/** Command lines of the processes that were started, by whomever, with this home folder in their environment. */
export const processesOf = (home: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`POINTS_HOME=${home}`)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
