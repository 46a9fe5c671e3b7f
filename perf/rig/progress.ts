import type { Stretch } from './backlog.ts';
import type { World } from './world.ts';
import { pause } from './pause.ts';

const pollMs = 20;
const stillMs = 60_000;

/**
 * Watches a group's committed offsets until they are behind every stretch: in a transactional group they move only when
 * the outputs are there too.
 * @param atShare told once, when so much of the whole is committed
 * @returns when it was so, by `performance.now()`, to within 20 ms
 * @throws when the group stands still for a minute
 */
export async function untilCommitted(
  world: World,
  groupId: string,
  topic: string,
  stretches: readonly Stretch[],
  atShare?: { readonly share: number; readonly tell: () => void },
): Promise<number> {
  const admin = world.kafka.admin();
  await admin.connect();
  try {
    const wanted = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
    let toTell = atShare;
    let last = -1;
    for (let movedAt = performance.now(); ; await pause(pollMs)) {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offsets = new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const done = stretches.reduce((sum, { partition, from, to }) => {
        const committed = offsets.get(partition) ?? 0;
        return sum + Math.min(Math.max(committed - from, 0), to - from);
      }, 0);
      const now = performance.now();
      if (toTell !== undefined && done >= wanted * toTell.share) {
        toTell.tell();
        toTell = undefined;
      }
      if (done === wanted) return now;
      if (done > last) [last, movedAt] = [done, now];
      else if (now - movedAt > stillMs) throw new Error(`${groupId} stands at ${done} of ${wanted} of ${topic}`);
    }
  } finally {
    await admin.disconnect();
  }
}
