import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultCacheDir } from './install.ts';
import { whileTellingSize } from './folder-size.ts';
import { unpackDebianPackages } from './install-debian.ts';
import { folderOf, installRecipes, type Progress } from './install-recipes.ts';
import type { Recipe } from './recipe.ts';
import { runTool } from './tool.ts';

/** The programs of Prometheus 2.42 and Alertmanager 0.25. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  /** Where `alertmanager` must be started: it looks for its own templates from there. */
  readonly alertmanagerFolder: string;
}

const programsIn = (folder: string): PrometheusPrograms => {
  const bin = (name: string): string => path.join(folder, 'debian', 'usr', 'bin', name);
  return {
    prometheus: bin('prometheus'),
    promtool: bin('promtool'),
    alertmanager: bin('prometheus-alertmanager'),
    amtool: bin('amtool'),
    alertmanagerFolder: path.join(folder, 'debian'),
  };
};

/** Where Debian's Alertmanager looks for its templates, and a path as long that is relative. */
const installedTemplates = '/usr/share/prometheus/alertmanager';
const unpackedTemplates = 'usr//share/prometheus/alertmanager';

/** Upstream carries its templates in the program; Debian's reads them from a folder that only installing makes. */
const readTemplatesFromHere = async (program: string): Promise<void> => {
  // latin1 keeps every byte as it is.
  const bytes = await readFile(program, 'latin1');
  await writeFile(program, bytes.replaceAll(installedTemplates, unpackedTemplates), 'latin1');
};

/** From Debian's packages, unpacked without root; the programs need no library beside the system's. */
const prometheusRecipe: Recipe = {
  name: 'Prometheus and Alertmanager',
  folder: 'prometheus-2.42',
  insteadOf: 'no variable (it is needed for the tests of monitoring alone)',
  install: async (into, report) => {
    await whileTellingSize(into, report.bytes, () =>
      unpackDebianPackages(['prometheus', 'prometheus-alertmanager'], into),
    );
    const { prometheus, promtool, alertmanager, amtool } = programsIn(into);
    await readTemplatesFromHere(alertmanager);
    for (const program of [prometheus, promtool, alertmanager, amtool]) await runTool(program, ['--version']);
  },
};

/**
 * The programs, brought into the cache folder first where they are not there; a second call costs nothing.
 * @throws InstallFailedError
 */
export const installPrometheus = async (progress: Progress = () => undefined): Promise<PrometheusPrograms> => {
  const cacheDir = defaultCacheDir();
  await installRecipes([prometheusRecipe], cacheDir, progress);
  return programsIn(folderOf(prometheusRecipe, cacheDir));
};
