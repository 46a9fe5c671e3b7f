import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const reasons = ['corrupt', 'aside'] as const;

/** Why a local store is not used any more: part of the name it then has. `aside`: for what was in it, not how. */
export type Reason = (typeof reasons)[number];

export interface SetAside {
  /** Where it is now. */
  readonly aside: string;
  /** What had been set aside before, and is gone. */
  readonly removed: readonly string[];
}

/**
 * Gives a store's folder another name, for whoever wants to look into it. Only the newest is kept: what is set aside
 * again and again must not fill the disk.
 */
export async function setAside(folder: string, reason: Reason): Promise<SetAside> {
  const parent = dirname(folder);
  const older = (await readdir(parent)).filter((name) => wasSetAside(name, basename(folder)));
  const last = Math.max(0, ...older.map((name) => Number(/-(\d+)$/.exec(name)?.[1] ?? 0)));
  const aside = `${folder}.${reason}-${String(last + 1)}`;
  await rename(folder, aside);
  for (const name of older) await rm(join(parent, name), { recursive: true, force: true });
  return { aside, removed: older.map((name) => join(parent, name)) };
}

const wasSetAside = (name: string, of: string): boolean =>
  reasons.some((reason) => name.startsWith(`${of}.${reason}-`));
