import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { runMaven } from './maven.ts';
import { freePorts } from './ports.ts';
import type { Recipe } from './recipe.ts';
import { registryApp, startRegistry } from './registry.ts';
import { runTool } from './tool.ts';

const version = '3.0.9';
const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;

/** Shows that it runs on this machine, and makes every later start faster. */
const firstRun = async (software: string): Promise<void> => {
  const dataDir = path.join(software, 'first-run');
  const [port = 0] = await freePorts(1);
  const registry = await startRegistry({ software, dataDir, logDir: dataDir, port, isFirstRun: true });
  await registry.stop();
  await rm(dataDir, { recursive: true });
};

/** Apicurio Registry, which speaks the Confluent Schema Registry's API, from Maven Central: about 109 MB. */
export const registryRecipe: Recipe = {
  name: `Apicurio Registry ${version}`,
  folder: `apicurio-registry-${version}`,
  insteadOf: 'SCHEMA_REGISTRY_URL',
  install: async (into, report) => {
    const download = path.join(into, 'download');
    const app = registryApp(into);
    await mkdir(app);
    await runMaven('copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${download}`], into, report.bytes);
    report.phase('unpacking');
    for (const archive of await readdir(download)) {
      await runTool('tar', ['-xzf', path.join(download, archive), '-C', app]);
    }
    await rm(download, { recursive: true });
    report.phase('first run');
    await firstRun(into);
  },
};
