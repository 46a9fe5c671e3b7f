import { readdir, readFile } from 'node:fs/promises';

const everyMs = 250;

/** The processes of an instance that run a role, by what their command line and environment say. */
const pidOf = async (home: string, role: string): Promise<string | undefined> => {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const [command, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
    );
    const words = command?.split('\0') ?? [];
    if (words.includes(role) && words.some((word) => word.endsWith('cli.ts')) && environment?.includes(home))
      return pid;
  }
  return undefined;
};

const residentMib = async (pid: string): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024);
};

/** Notes the most resident memory of a role's process, in MiB, from now until it is asked. */
export async function watchResident(home: string, role: string): Promise<() => number> {
  const pid = await pidOf(home, role);
  if (pid === undefined) throw new Error(`There is no process of ${role}`);
  let most = await residentMib(pid);
  const timer = setInterval(() => {
    void residentMib(pid).then((now) => (most = Math.max(most, now)));
  }, everyMs);
  return () => {
    clearInterval(timer);
    return most;
  };
}
