import { hostname } from 'node:os';
import { createInstanceBoard, createRedis } from '../../../adapters/redis/index.ts';
import { InstanceObserver, type ObservedStreams, StatusPublisher } from '../../../operator/index.ts';
import { type KafkaStreams, waitingKeys } from '../../../streams/index.ts';
import { deferredCommandsStore } from '../../../../topologies/points/index.ts';
import type { Health } from '../../health.ts';
import type { RoleContext } from '../../role.ts';

/** Whatever runs in the process: all roles have these. */
export type ObservedContext = Omit<RoleContext, 'config' | 'routes' | 'metrics'> & {
  readonly config: Pick<RoleContext['config'], 'redisStateUrl' | 'applicationId'>;
};

/** Of an own connection: what an operator wants to know must not wait behind anything. Milliseconds. */
const commandTimeoutMs = 500;

const deferredOf = async (streams: readonly KafkaStreams[]): Promise<ReadonlyMap<string, number>> => {
  const store = deferredCommandsStore();
  const points = streams.find(({ topology }) => topology.stores().some(({ name }) => name === store.name));
  if (points === undefined) return new Map();
  try {
    return await waitingKeys(points.store(store));
  } catch {
    // Its tasks are on their way: who has them by then tells.
    return new Map();
  }
};

const checksOf = async (health: Health) => (await health.ready()).checks;

/** Begins to look at this process and to tell other instances of it. @param roles what runs in it */
export function observeInstance(
  { config, clock, health, lifecycle, logger, newId, streams, transport }: ObservedContext,
  roles: readonly string[],
): { readonly id: string; readonly publisher: StatusPublisher } {
  const redis = createRedis({
    url: config.redisStateUrl,
    name: 'operators',
    logger,
    commandTimeoutMs,
    tls: transport.redis,
  });
  lifecycle.add('redis operators', () => redis.close());
  const id = newId();
  const observer = new InstanceObserver({
    ...{ id, roles, clock, host: hostname(), pid: process.pid },
    streams: (): readonly ObservedStreams[] => streams.all(),
    checks: () => checksOf(health),
    deferred: () => deferredOf(streams.all()),
  });
  const board = createInstanceBoard(redis, config.applicationId, clock);
  const publisher = new StatusPublisher({ look: () => observer.look(), board, clock, logger });
  lifecycle.add('operators status', () => publisher.close());
  publisher.start();
  return { id, publisher };
}
