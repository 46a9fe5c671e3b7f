import {
  allCheckpoints,
  allEntries,
  behindStore,
  checkpointKey,
  type LevelRange,
  storeOf,
  storeRange,
  topicOf,
} from './disk-layout.ts';
import type { Level } from './open-level.ts';

/**
 * Forgets what no changelog is followed for any more. A store that was left alone for a time, because it was dropped
 * from the topology or kept in memory, must not be taken up where it stood: the changelog may have forgotten deletions
 * since. For the same reason nothing is kept without a checkpoint: the changelog would be read over it from its
 * beginning.
 */
export async function retain(level: Level, changelogs: ReadonlyMap<string, string>): Promise<void> {
  const followed = new Set(changelogs.values());
  const checkpoints = new Set((await level.keys(allCheckpoints).all()).map(topicOf));
  const abandoned = [...checkpoints].filter((topic) => !followed.has(topic));
  await level.batch(abandoned.map((topic) => ({ type: 'del', key: checkpointKey(topic) })));
  for (const store of await storesIn(level)) {
    const changelog = changelogs.get(store);
    if (changelog === undefined || !checkpoints.has(changelog)) await level.clear(storeRange(store));
  }
}

async function storesIn(level: Level): Promise<readonly string[]> {
  const stores: string[] = [];
  for (let range: LevelRange = allEntries; ; ) {
    const [first] = await level.keys({ ...range, limit: 1 }).all();
    if (first === undefined) return stores;
    const store = storeOf(first);
    stores.push(store);
    range = behindStore(store);
  }
}
