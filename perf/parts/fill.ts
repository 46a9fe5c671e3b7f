import { join } from 'node:path';
import type { ManyAccounts } from '../rig/accounts.ts';
import { startChild } from '../rig/child.ts';
import type { World } from '../rig/world.ts';
import type { FillQuestion } from '../workers/filler.ts';

const script = join(import.meta.dirname, '..', 'workers', 'filler.ts');

/**
 * The state that a day of many customers leaves, in the changelogs: every account, and as many event ids. Deciding a
 * million orders instead would take minutes and leave the same.
 */
export async function fillStores(world: World, accounts: ManyAccounts): Promise<void> {
  const { brokers, registry } = world.servers.addresses;
  const fill = async (store: FillQuestion['store']): Promise<void> => {
    const child = startChild(script, { logFile: world.logFile(`fill-${store}`) });
    try {
      await child.ask<undefined>({
        ...{ brokers: [...brokers], registry, applicationId: world.applicationId, store },
        ...{ accounts: { ...accounts, merchants: [...accounts.merchants] }, now: Date.now() },
      } satisfies FillQuestion);
    } finally {
      await child.end();
    }
  };
  await Promise.all([fill('accounts'), fill('seen-events')]);
}
