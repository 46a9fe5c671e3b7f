import { join } from 'node:path';
import { topics } from '../../src/contracts/index.ts';
import type { CopyAnswer, CopyQuestion } from '../peers/copy.ts';
import type { Stretch } from '../rig/backlog.ts';
import { type Child, startChild } from '../rig/child.ts';
import { readCommitted } from '../rig/outputs.ts';
import { partitions } from '../rig/sizes.ts';
import type { World } from '../rig/world.ts';

const script = join(import.meta.dirname, '..', 'peers', 'copy.ts');

/** The raw copy of what lies in points.ingest, in a process of its own. */
export interface RawCopy {
  /** Copies once more. @returns records a second */
  copy(stretches: readonly Stretch[]): Promise<number>;
  /** Records it was told to copy so far, and records that are there. */
  counts(): Promise<{ readonly wanted: number; readonly there: number }>;
  end(): Promise<void>;
}

export async function startRawCopy(world: World, mode: CopyQuestion['mode']): Promise<RawCopy> {
  const to = `bench.copy.${mode}`;
  const config = { 'cleanup.policy': 'delete', 'retention.ms': '3600000' };
  await world.admin.createTopics([{ name: to, partitions, config }]);
  const child: Child = startChild(script, { logFile: world.logFile(`copy-${mode}`) });
  let turn = 0;
  let wanted = 0;
  return {
    async copy(stretches) {
      turn += 1;
      wanted += stretches.reduce((sum, { from, to: end }) => sum + end - from, 0);
      const question = {
        ...{ brokers: [...world.servers.addresses.brokers], mode, from: topics.ingest.name, to },
        ...{ groupId: `${to}-${turn}`, stretches: [...stretches] },
      };
      const { records, seconds } = await child.ask<CopyAnswer>(question);
      return records / seconds;
    },
    counts: async () => ({ wanted, there: await readCommitted(world, to) }),
    end: () => child.end(),
  };
}
