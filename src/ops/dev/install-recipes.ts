import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable, toError } from '../../common/errors.ts';
import { acquireLock } from '../lock.mjs';
import { InstallFailedError } from './errors.ts';
import type { InstallReport, Recipe } from './recipe.ts';

/** One line for the person who waits. */
export type Progress = (line: string) => void;

const progressEveryMs = 5_000;
const retryAfterMs = 2_000;

/** Where a recipe's software lies. */
export const folderOf = (recipe: Recipe, cacheDir: string): string => path.join(cacheDir, recipe.folder);

/** Written last, so that a folder without it is a half-made install. */
const marker = (folder: string): string => path.join(folder, '.installed');

/** Whether the recipe's software is there and whole. */
export const isInstalled = (recipe: Recipe, cacheDir: string): boolean =>
  existsSync(marker(folderOf(recipe, cacheDir)));

const fill = async (recipe: Recipe, folder: string, report: InstallReport): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  report.phase('downloading');
  await recipe.install(folder, report);
};

const installOne = async (recipe: Recipe, folder: string, progress: Progress): Promise<void> => {
  const since = Date.now();
  let bytes = 0;
  let phase = '';
  const report: InstallReport = {
    bytes: (count) => void (bytes = count),
    phase: (name) => void (phase = name),
  };
  const figures = (): string => {
    const size = bytes > 0 ? `, ${(bytes / 1e6).toFixed(0)} MB` : '';
    return `${Math.round((Date.now() - since) / 1000)} s${size}`;
  };
  const timer = setInterval(() => progress(`${recipe.name}: ${phase}, ${figures()} so far`), progressEveryMs);
  try {
    try {
      await fill(recipe, folder, report);
    } catch (thrown) {
      if (!isRetryable(thrown)) throw thrown;
      progress(`${recipe.name}: failed after ${figures()}, trying once more`);
      await sleep(retryAfterMs);
      await fill(recipe, folder, report);
    }
  } catch (cause) {
    throw new InstallFailedError(
      `${recipe.name} could not be installed: ${toError(cause).message}\n` +
        `Put right what it says, or name a server that runs already in ${recipe.insteadOf}, or start a Docker engine`,
      { cause },
    );
  } finally {
    clearInterval(timer);
  }
  await writeFile(marker(folder), `${recipe.name}, ${figures()}\n`);
  progress(`${recipe.name}: installed in ${figures()}`);
};

/**
 * Installs the recipes that are not in the cache folder yet, all at once; a second call costs nothing. Several processes
 * may call this at the same time: one installs, the others wait.
 * @throws InstallFailedError with the last lines of the tool that failed; the others are installed all the same
 */
export const installRecipes = async (
  recipes: readonly Recipe[],
  cacheDir: string,
  progress: Progress,
): Promise<void> => {
  const missing = (): readonly Recipe[] => recipes.filter((recipe) => !isInstalled(recipe, cacheDir));
  if (missing().length === 0) return;
  const release = await acquireLock(path.join(cacheDir, '.lock'), (holder, seconds) => {
    progress(`waiting for process ${holder}, which installs the servers, ${seconds} s so far`);
  });
  try {
    // Asked again: whoever held the lock has probably done it.
    const outcomes = await Promise.allSettled(
      missing().map((recipe) => installOne(recipe, folderOf(recipe, cacheDir), progress)),
    );
    const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [toError(outcome.reason)] : []));
    const [first, ...others] = faults;
    if (first !== undefined && others.length === 0) throw first;
    if (first !== undefined) {
      const messages = faults.map((fault) => fault.message).join('\n');
      throw new InstallFailedError(`${faults.length} servers could not be installed:\n${messages}`, { cause: first });
    }
  } finally {
    release();
  }
};
