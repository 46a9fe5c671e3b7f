import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { startServers, type DevServers } from '../../src/ops/dev/servers.ts';
// For the types of what is provided.
import type {} from './servers.ts';

const testFolder = path.resolve(import.meta.dirname, '../../.points/test');
const runFolder = path.join(testFolder, String(process.pid));

let servers: DevServers | undefined;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Folders are named after the run's process; a run that was killed could not remove its own. */
const emptyRunFolder = async (): Promise<void> => {
  await mkdir(testFolder, { recursive: true });
  for (const name of await readdir(testFolder)) {
    const folder = path.join(testFolder, name);
    if (folder === runFolder || !isRunning(Number(name))) await rm(folder, { recursive: true, force: true });
  }
  await mkdir(runFolder);
};

/** Starts the servers once for all integration tests, on ports of their own, beside a running `npm start`. */
export const setup = async (project: TestProject): Promise<void> => {
  const since = performance.now();
  const progress = (line: string): void => {
    process.stderr.write(`servers: ${line}\n`);
  };
  await emptyRunFolder();
  const offset = await freePortOffset();
  progress(`starting at port offset ${offset}`);
  servers = await startServers({
    dataDir: path.join(runFolder, 'shared'),
    ports: portsAt(offset),
    progress,
  });
  progress(`ready after ${((performance.now() - since) / 1000).toFixed(1)} s`);
  project.provide('servers', servers.addresses);
  project.provide('runFolder', runFolder);
};

export const teardown = async (): Promise<void> => {
  await servers?.stop({ removeData: true });
  await rm(runFolder, { recursive: true, force: true });
};
