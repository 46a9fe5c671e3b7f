import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const streams = join(import.meta.dirname, '..', '..', 'src', 'streams');

/** The README of the engine. */
export const readmeFile = join(streams, 'README.md');

/** Its code blocks that name a file, by that name. */
export const readmeBlocks = async (): Promise<ReadonlyMap<string, string>> => {
  const text = await readFile(readmeFile, 'utf8');
  const blocks = text.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm);
  return new Map(Array.from(blocks, ([, name = '', code = '']) => [name, code]));
};

export const exampleFile = (name: string): string => join(streams, 'examples', name);
