import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a script of its own process prints; it imports what it needs from `./src/…`. @throws where it fails */
export const printedBy = async (script: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { PATH = '' } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH, ...env },
  });
  return stdout;
};
