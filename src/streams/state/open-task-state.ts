import { stat } from 'node:fs/promises';
import type { Logger } from '../../common/logger.ts';
import { CompositeState } from './composite-state.ts';
import { DiskState } from './disk-state.ts';
import { MemoryState } from './memory-state.ts';
import { setAside } from './set-aside.ts';
import type { LocalState, StoreDefinition } from './store.ts';

export interface OpenTaskStateOptions {
  readonly logger: Logger;
  /** The changelog topic of a store, by the store's name. */
  readonly changelogOf: (store: string) => string;
  /** Sets aside what is on disk and begins with empty stores. */
  readonly rebuild: boolean;
}

/**
 * Opens the stores of one task, those on disk in this folder, each part as its definitions say it is kept.
 * @throws where the folder is in use by another process, or its disk fails
 */
export async function openTaskState(
  stores: readonly StoreDefinition[],
  folder: string,
  { logger, changelogOf, rebuild }: OpenTaskStateOptions,
): Promise<LocalState> {
  const inMemory = stores.filter(({ kept }) => kept === 'memory');
  const onDisk = stores.filter(({ kept }) => kept !== 'memory');
  const exists = await isThere(folder);
  if (rebuild && exists) {
    const moved = await setAside(folder, 'aside');
    logger.info({ folder, ...moved }, 'The local state was set aside');
  }
  // Of stores that once were on disk, nothing must be left for the day they are again.
  if (onDisk.length === 0 && (rebuild || !exists)) return new MemoryState();

  const disk = await DiskState.open(folder, logger);
  await disk.retain(new Map(onDisk.map(({ name }) => [name, changelogOf(name)])));
  if (inMemory.length === 0) return disk;
  return new CompositeState({
    disk,
    memory: new MemoryState(),
    inMemory: new Set(inMemory.map(({ name }) => name)),
    changelogsInMemory: new Set(inMemory.map(({ name }) => changelogOf(name))),
  });
}

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
