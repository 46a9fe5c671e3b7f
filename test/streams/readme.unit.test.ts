import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleFile, readmeBlocks, readmeFile } from './readme.ts';

/** `UPDATE_GOLDEN=1` writes the examples into the README. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

describe("the engine's README", async () => {
  const examples = await readdir(dirname(exampleFile('any')));

  it.each(examples)('shows %s as it is', async (name) => {
    const code = (await readFile(exampleFile(name), 'utf8')).replaceAll(
      "from '../index.ts'",
      "from './src/streams/index.ts'",
    );
    if (isUpdate) {
      const text = await readFile(readmeFile, 'utf8');
      const block = new RegExp(`^(\`\`\`ts file=${name}\n)[\\s\\S]*?^\`\`\`$`, 'm');
      await writeFile(
        readmeFile,
        text.replace(block, (_all, head: string) => `${head}${code}\`\`\``),
      );
    }
    expect((await readmeBlocks()).get(name)).toBe(code);
  });
});
