import type { NamedServers } from './addresses.ts';
import type { Progress } from './install-recipes.ts';
import { probeKafka } from './kafka.ts';
import { probeMongo } from './mongo.ts';
import { probeRedis } from './redis.ts';
import { probeRegistry } from './registry.ts';
import { untilAnswers } from './server.ts';

const withinMs = 60_000;

/**
 * Waits until every server that the environment names answers.
 * @throws DependencyUnavailableError when one does not within 60 s
 */
export const awaitNamed = async (named: NamedServers, progress: Progress): Promise<void> => {
  const wait = async (
    name: string,
    address: string | undefined,
    probe: (at: string) => Promise<void>,
  ): Promise<void> => {
    if (address === undefined) return;
    // A connection string may carry a password.
    const shown = address.replace(/\/\/[^@/]*@/, '//…@');
    progress(`${name}: not started, waiting for ${shown}`);
    await untilAnswers(`${name} at ${shown}`, () => probe(address), withinMs);
  };
  await Promise.all([
    wait('Kafka', named.brokers?.join(','), (at) => probeKafka(at.split(','))),
    wait('MongoDB', named.mongo, probeMongo),
    wait('Redis (cache)', named.redisCache, probeRedis),
    wait('Redis (state)', named.redisState, probeRedis),
    wait('Schema Registry', named.registry, probeRegistry),
  ]);
};
