import { existsSync } from 'node:fs';
import path from 'node:path';
import { acquireLock } from '../lock.mjs';
import { InstallFailedError } from './errors.ts';
import { defaultCacheDir } from './install.ts';
import type { Progress } from './install-recipes.ts';
import { runTool } from './tool.ts';

/** Where Debian's package puts it. */
const debianProgram = '/usr/bin/chromium';

/** Latin, Arabic and Hebrew letters: a browser without them draws boxes. */
const packages = ['chromium', 'fonts-liberation', 'fonts-noto-core'];

const install = async (progress: Progress): Promise<void> => {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new InstallFailedError(
      `There is no Chromium: run ${command} as root, or name one in POINTS_CHROMIUM. Its hundred libraries are not unpacked by hand`,
    );
  }
  progress('Chromium: installing from Debian');
  const args = ['-q', 'install', '-y', '--no-install-recommends', ...packages];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runTool('apt-get', args, { env });
  } catch {
    // No package lists yet, or old ones that name files which are gone.
    await runTool('apt-get', ['-q', 'update'], { env });
    await runTool('apt-get', args, { env });
  }
};

/**
 * The path of a Chromium for tests: what `POINTS_CHROMIUM` names, or Debian's, which is installed where it is not there
 * and we are root. It belongs to the machine and not to our cache, so it is looked for each time.
 * @throws InstallFailedError
 */
export const chromiumProgram = async (
  env: NodeJS.ProcessEnv = process.env,
  progress: Progress = () => undefined,
): Promise<string> => {
  const named = env['POINTS_CHROMIUM']?.trim();
  if (named !== undefined && named !== '') return named;
  if (existsSync(debianProgram)) return debianProgram;
  const release = await acquireLock(path.join(defaultCacheDir(env), '.chromium.lock'), (holder, seconds) => {
    progress(`waiting for process ${holder}, which installs Chromium, ${seconds} s so far`);
  });
  try {
    if (!existsSync(debianProgram)) await install(progress);
    return debianProgram;
  } finally {
    release();
  }
};
