import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/common/logger.ts';
import { jsonSerde, type StoreDefinition } from '../../../src/streams/index.ts';
import { DiskState } from '../../../src/streams/state/disk-state.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import { openTaskState } from '../../../src/streams/state/open-task-state.ts';
import type { LocalState, StoreChange } from '../../../src/streams/state/store.ts';

const ends: (() => Promise<void>)[] = [];

/** To be called after each test: closes states, then removes their folders. */
export const endStates = async (): Promise<void> => {
  for (const end of ends.splice(0).reverse()) await end();
};

/** A task's folder, not there yet. */
export const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'points-state-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'group', '0');
};

export const openDisk = async (folder: string, logger = silentLogger): Promise<DiskState> => {
  const state = await DiskState.open(folder, logger);
  ends.push(() => state.close());
  return state;
};

export const store = (name: string, kept: 'disk' | 'memory' = 'disk'): StoreDefinition => ({
  name,
  valueSerde: jsonSerde(),
  kept,
});

export const changelogOf = (name: string): string => `${name}-changelog`;

export const openTask = async (
  stores: readonly StoreDefinition[],
  folder: string,
  options: Partial<Parameters<typeof openTaskState>[2]> = {},
): Promise<LocalState> => {
  const state = await openTaskState(stores, folder, { logger: silentLogger, changelogOf, rebuild: false, ...options });
  ends.push(() => state.close());
  return state;
};

/** Every kind of state, by the end of "a state …". */
export const states: readonly (readonly [string, () => Promise<LocalState>])[] = [
  ['in memory', () => Promise.resolve(new MemoryState())],
  ['on disk', async () => openDisk(await newFolder())],
  [
    'on disk and in memory',
    async () => openTask([store('accounts'), store('a', 'memory'), store('seen', 'memory')], await newFolder()),
  ],
  [
    'in memory and on disk',
    async () => openTask([store('accounts', 'memory'), store('a'), store('seen')], await newFolder()),
  ],
];

export const put = (key: string, value: string, expiresAt: number | null = null, of = 'accounts'): StoreChange => ({
  store: of,
  key,
  value: Buffer.from(value),
  expiresAt,
});
export const del = (key: string, of = 'accounts'): StoreChange => ({ store: of, key, value: null, expiresAt: null });
export const none: ReadonlyMap<string, number> = new Map<string, number>();

export const textsOf = async (
  state: LocalState,
  keys: readonly string[],
  of = 'accounts',
): Promise<(string | undefined)[]> => (await state.getMany(of, keys)).map((value) => value?.toString());
