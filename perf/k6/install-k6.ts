import { existsSync } from 'node:fs';
import path from 'node:path';
import { defaultCacheDir } from '../../src/ops/dev/install.ts';
import { folderOf, installRecipes } from '../../src/ops/dev/install-recipes.ts';
import type { Recipe } from '../../src/ops/dev/recipe.ts';
import { runTool, toolWorks } from '../../src/ops/dev/tool.ts';

const version = '1.8.1';

/** k6, built from its Go module: about five minutes the first time. Needs Go. */
const recipe: Recipe = {
  name: `k6 ${version}`,
  folder: `k6-${version}`,
  insteadOf: 'nothing: put a k6 on the PATH',
  install: async (into, report) => {
    report.phase('building from source');
    await runTool('go', ['install', `go.k6.io/k6@v${version}`], { env: { ...process.env, GOBIN: into } });
    await runTool(path.join(into, 'k6'), ['version']);
  },
};

/** The machine's k6, or one of our own. */
export const k6Program = async (progress: (line: string) => void): Promise<string> => {
  if (await toolWorks('k6', ['version'])) return 'k6';
  const cacheDir = defaultCacheDir();
  const own = path.join(folderOf(recipe, cacheDir), 'k6');
  if (!existsSync(own)) await installRecipes([recipe], cacheDir, progress);
  return own;
};
