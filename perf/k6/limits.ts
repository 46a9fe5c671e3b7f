import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What one instance has in production. */
export interface InstanceLimits {
  readonly cpus: number;
  readonly memoryMib: number;
}

const periodUs = 100_000;

/** One control group for each process; which of the kernel's two interfaces the machine has is looked up. */
interface Group {
  readonly folders: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

const groupOf = (name: string, { cpus, memoryMib }: InstanceLimits): Group => {
  const quota = String(Math.round(cpus * periodUs));
  const bytes = String(memoryMib * 1024 * 1024);
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) {
    const folder = path.join('/sys/fs/cgroup', name);
    const files = { [`${folder}/cpu.max`]: `${quota} ${String(periodUs)}`, [`${folder}/memory.max`]: bytes };
    return { folders: [folder], files };
  }
  const [cpu, memory] = [path.join('/sys/fs/cgroup/cpu', name), path.join('/sys/fs/cgroup/memory', name)];
  const files = { [`${cpu}/cpu.cfs_quota_us`]: quota, [`${memory}/memory.limit_in_bytes`]: bytes };
  return { folders: [cpu, memory], files };
};

/** Holds a process to the limits, with the threads it has; needs root. @returns what lets it go again */
export async function limit(pid: number, name: string, limits: InstanceLimits): Promise<() => Promise<void>> {
  const { folders, files } = groupOf(`points-${String(pid)}-${name}`, limits);
  for (const folder of folders) await mkdir(folder);
  for (const [file, text] of Object.entries(files)) await writeFile(file, text);
  for (const folder of folders) await writeFile(path.join(folder, 'cgroup.procs'), String(pid));
  return async () => {
    // Empty once the process has ended.
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
  };
}

/** How often a limit has held the process up, and for how long. */
export async function throttledOf(
  pid: number,
  name: string,
): Promise<{ readonly periods: number; readonly ms: number }> {
  const folder = groupOf(`points-${String(pid)}-${name}`, { cpus: 1, memoryMib: 1 }).folders[0] ?? '';
  const text = await readFile(path.join(folder, 'cpu.stat'), 'utf8').catch(() => '');
  const field = (key: string): number => Number(new RegExp(`^${key} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    periods: field('nr_throttled'),
    ms: Math.round(field('throttled_time') / 1e6 || field('throttled_usec') / 1e3),
  };
}

/** Processes below another whose command line has the words, e.g. the role of a started instance. */
export async function descendants(ancestor: number, words: readonly string[]): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parentOf = new Map<number, number>();
  const lineOf = new Map<number, string>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
    const line = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    parentOf.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0));
    lineOf.set(pid, line.replaceAll('\0', ' '));
  }
  const isBelow = (pid: number): boolean => {
    for (let at = parentOf.get(pid) ?? 0; at > 1; at = parentOf.get(at) ?? 0) if (at === ancestor) return true;
    return false;
  };
  // Who only watches over a process has its command line as arguments.
  const isWatcher = (pid: number): boolean => lineOf.get(pid)?.includes('supervise.mjs') ?? false;
  return pids.filter(
    (pid) => isBelow(pid) && !isWatcher(pid) && words.every((word) => lineOf.get(pid)?.includes(word)),
  );
}
