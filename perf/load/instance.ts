import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DevFile, devFilePath } from '../../src/ops/dev/dev-file.ts';
import { freePortOffset } from '../../src/ops/dev/ports.ts';

const root = join(import.meta.dirname, '..', '..');
const startTimeoutMs = 5 * 60_000;

export interface Instance {
  readonly dev: DevFile;
  /** Of the process whose children are the servers and the roles. */
  readonly pid: number;
  /** Folder that holds everything it leaves on disk. */
  readonly home: string;
  stop(): Promise<void>;
}

/**
 * A whole `npm start -- --quiet` of its own: empty data, ports nobody uses; gone when it is stopped.
 * @param settings of the service, as environment variables
 */
export async function startInstance(settings: Readonly<Record<string, string>> = {}): Promise<Instance> {
  await mkdir(join(root, '.points'), { recursive: true });
  const home = await mkdtemp(join(root, '.points', 'bench-'));
  const offset = String(await freePortOffset());
  const child = spawn(process.execPath, [join(root, 'src', 'ops', 'start.ts'), '--quiet', '--port-offset', offset], {
    env: { ...process.env, ...settings, POINTS_HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  for (const began = performance.now(); performance.now() - began < startTimeoutMs && child.exitCode === null; ) {
    const text = await readFile(devFilePath(home), 'utf8').catch(() => null);
    if (text !== null) return { dev: JSON.parse(text) as DevFile, pid: child.pid ?? 0, home, stop };
    await sleep(200);
  }
  await stop();
  throw new Error('The instance to measure did not come up');
}
