import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from './tool.ts';

/**
 * Downloads Debian packages and unpacks them into `<into>/debian`, without root. They are not installed: that would start the
 * system's own services.
 */
export const unpackDebianPackages = async (names: readonly string[], into: string): Promise<void> => {
  const download = path.join(into, 'download');
  await mkdir(download, { recursive: true });
  // As root, apt would fetch as a user who may not write to our folder, and warn.
  const asWeAre = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  const fetch = (): Promise<string> => runTool('apt-get', [...asWeAre, '-q', 'download', ...names], { cwd: download });
  try {
    await fetch();
  } catch {
    // No package lists yet, or old ones that name files which are gone.
    await runTool('apt-get', ['-q', 'update']);
    await fetch();
  }
  for (const archive of await readdir(download)) {
    await runTool('dpkg-deb', ['-x', path.join(download, archive), path.join(into, 'debian')]);
  }
  await rm(download, { recursive: true });
};
