import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const entries = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder, { recursive: true });
  } catch {
    // Files come and go under a running download; the next look counts again.
    return [];
  }
};

const size = async (file: string): Promise<number> => {
  try {
    const facts = await stat(file);
    return facts.isFile() ? facts.size : 0;
  } catch {
    return 0;
  }
};

/** Bytes in the files of a folder at this moment; 0 when it is not there. */
export const folderBytes = async (folder: string): Promise<number> => {
  const sizes = await Promise.all((await entries(folder)).map((entry) => size(path.join(folder, entry))));
  return sizes.reduce((sum, one) => sum + one, 0);
};

/** Tells the bytes in a folder twice a second while `work` runs. */
export const whileTellingSize = async <Result>(
  folder: string,
  told: (bytes: number) => void,
  work: () => Promise<Result>,
): Promise<Result> => {
  const timer = setInterval(() => void folderBytes(folder).then(told), 500);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    told(await folderBytes(folder));
  }
};
