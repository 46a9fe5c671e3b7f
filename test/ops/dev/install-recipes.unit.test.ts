import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { InstallFailedError, ToolMissingError } from '../../../src/ops/dev/errors.ts';
import { installRecipes } from '../../../src/ops/dev/install-recipes.ts';
import type { Recipe } from '../../../src/ops/dev/recipe.ts';
import { runTool } from '../../../src/ops/dev/tool.ts';

const cacheFolder = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'points-install-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const recipe = (name: string, install: Recipe['install']): Recipe => ({
  name,
  folder: `${name}-1.0`,
  insteadOf: `${name.toUpperCase()}_HOST`,
  install,
});

test('two at once install once: the second waits, and says so', async () => {
  const cache = await cacheFolder();
  let installs = 0;
  const slow = recipe('slow', async (into) => {
    installs += 1;
    await sleep(300);
    await writeFile(path.join(into, 'program'), 'x');
  });
  const lines: string[] = [];
  const heard = (line: string): void => void lines.push(line);
  await Promise.all([installRecipes([slow], cache, heard), installRecipes([slow], cache, heard)]);
  expect(installs).toBe(1);
  expect(lines).toContainEqual(expect.stringMatching(/waiting for process \d+/));
  await installRecipes([slow], cache, heard);
  expect(installs).toBe(1);
});

test('a half-made install is made anew from an empty folder', async () => {
  const cache = await cacheFolder();
  let attempts = 0;
  const contents: string[][] = [];
  const fragile = recipe('fragile', async (into) => {
    attempts += 1;
    contents.push(await readdir(into));
    await writeFile(path.join(into, `part-${attempts}`), 'x');
    if (attempts === 1) throw new ToolMissingError('the tool went away');
  });
  await expect(installRecipes([fragile], cache, () => undefined)).rejects.toThrow(/the tool went away/);
  await installRecipes([fragile], cache, () => undefined);
  expect(contents).toEqual([[], []]);
  expect(existsSync(path.join(cache, 'fragile-1.0', 'part-1'))).toBe(false);
});

test('one that fails does not keep the others from being installed, and the error says which, why and what instead', async () => {
  const cache = await cacheFolder();
  let goodInstalls = 0;
  const good = recipe('good', async () => void (goodInstalls += 1));
  const bad = recipe('bad', async () => {
    await runTool('no-such-tool-anywhere', []);
  });
  const fault: unknown = await installRecipes([bad, good], cache, () => undefined).catch((thrown: unknown) => thrown);
  expect(fault).toBeInstanceOf(InstallFailedError);
  expect((fault as Error).message).toMatch(/bad could not be installed: no-such-tool-anywhere is not on the PATH/);
  expect((fault as Error).message).toContain('BAD_HOST');
  expect(existsSync(path.join(cache, 'bad-1.0', '.installed'))).toBe(false);
  await installRecipes([good], cache, () => undefined);
  expect(goodInstalls).toBe(1);
});

test('a tool that fails is tried once more; its last lines are in the error', async () => {
  const cache = await cacheFolder();
  let attempts = 0;
  const flaky = recipe('flaky', async () => {
    attempts += 1;
    await runTool('sh', ['-c', attempts === 1 ? 'echo no route to host >&2; exit 3' : 'true']);
  });
  const lines: string[] = [];
  await installRecipes([flaky], cache, (line) => void lines.push(line));
  expect(attempts).toBe(2);
  expect(lines).toContainEqual(expect.stringContaining('trying once more'));

  await expect(runTool('sh', ['-c', 'echo no route to host >&2; exit 3'])).rejects.toThrow(
    /exited with 3:\nno route to host/,
  );
});
