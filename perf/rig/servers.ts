import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Redis } from 'ioredis';
import type { ServerAddresses } from '../../src/ops/dev/addresses.ts';
import type { Closers } from '../../src/ops/dev/closers.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { startServers } from '../../src/ops/dev/servers.ts';
import { say } from './say.ts';

/** All servers of a run, and clients to look into them. */
export interface BenchServers {
  readonly addresses: ServerAddresses;
  /** Holds everything the run leaves on disk; removed at its end. */
  readonly folder: string;
  readonly mongo: MongoClient;
  readonly cache: Redis;
  readonly state: Redis;
}

const home = join(import.meta.dirname, '..', '..', '.points');

/** Servers of the run's own, as processes on this machine, whatever the environment names. */
export async function startBenchServers(closers: Closers, portOffset: number | null): Promise<BenchServers> {
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'bench-'));
  const servers = await startServers({
    dataDir: join(folder, 'servers'),
    ports: portsAt(portOffset ?? (await freePortOffset())),
    env: { POINTS_NO_DOCKER: '1' },
    progress: say,
  });
  closers.add(null, () => servers.stop({ removeData: true }));
  const { addresses } = servers;
  const mongo = new MongoClient(addresses.mongo);
  closers.add(null, () => mongo.close());
  const [cache, state] = [new Redis(addresses.redis.cache), new Redis(addresses.redis.state)];
  closers.add(null, () => {
    cache.disconnect();
    state.disconnect();
  });
  return { addresses, folder, mongo, cache, state };
}
