import path from 'node:path';
import type { Recipe } from '../../src/ops/dev/recipe.ts';
import { runTool } from '../../src/ops/dev/tool.ts';

const version = '4.32.5';

export const schemathesisProgram = (folder: string): string => path.join(folder, 'bin', 'schemathesis');

/** schemathesis, from PyPI, in a Python environment of its own. */
export const schemathesisRecipe: Recipe = {
  name: `schemathesis ${version}`,
  folder: `schemathesis-${version}`,
  insteadOf: 'nothing: it is only for npm run test:api',
  install: async (into) => {
    await runTool('python3', ['-m', 'venv', into]);
    await runTool(path.join(into, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${version}`]);
    await runTool(schemathesisProgram(into), ['--version']);
  },
};
