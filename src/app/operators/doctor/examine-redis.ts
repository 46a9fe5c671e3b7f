import { createRedis, type RedisFacts, redisFacts } from '../../../adapters/redis/index.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Transport } from '../../transport.ts';
import { examining, fault, type Finding, ok, warning } from './finding.ts';

export interface RedisSettings {
  readonly redisCacheUrl: string;
  readonly redisStateUrl: string;
}

/** What is asked here may take its time. */
const patienceMs = 5_000;
const mib = 1024 * 1024;

const uses = {
  cache: { variable: 'REDIS_HOST', wanted: (policy: string) => policy !== 'noeviction', policies: 'volatile-lru' },
  state: { variable: 'REDIS_STATE_HOST', wanted: (policy: string) => policy === 'noeviction', policies: 'noeviction' },
} as const;

type Use = keyof typeof uses;

const policyFinding = (use: Use, { policy, maxMemory }: RedisFacts): readonly Finding[] => {
  const { wanted, policies } = uses[use];
  // Without a bound nothing is ever evicted, nor refused.
  if (wanted(policy) || (maxMemory === 0 && use === 'cache')) return [];
  const found = `maxmemory-policy is ${policy}`;
  const advice = `Set it to ${policies}: the ${use === 'cache' ? 'cache may forget, and must not refuse' : 'marks must not be evicted'}`;
  return [warning(`Redis (${use})`, { found, advice, runbook: 'redis-loss' })];
};

const findingsOf = (use: Use, facts: RedisFacts): readonly Finding[] => {
  const { version, role, usedMemory, maxMemory } = facts;
  const name = `Redis (${use})`;
  if (role !== 'master') {
    const found = `version ${version}, a replica: it takes no writes`;
    return [fault(name, { found, advice: `Let ${uses[use].variable} name the primary`, runbook: 'redis-loss' })];
  }
  const share = maxMemory === 0 ? 0 : usedMemory / maxMemory;
  const bound = maxMemory === 0 ? 'no bound' : `of ${String(Math.round(maxMemory / mib))} MiB`;
  const found = `version ${version}, ${String(Math.round(usedMemory / mib))} MiB ${bound}`;
  const isFull = use === 'state' && share > 0.9;
  const advice =
    'Give it more memory: when it is full, marks are refused and duplicates are found later, by the ledger';
  return [
    isFull ? warning(name, { found, advice, runbook: 'redis-loss' }) : ok(name, found),
    ...policyFinding(use, facts),
  ];
};

async function factsOf(url: string, use: Use, { redis: tls }: Transport, logger: Logger): Promise<RedisFacts> {
  const connection = createRedis({ url, name: `doctor-${use}`, logger, commandTimeoutMs: patienceMs, tls });
  try {
    await connection.whenReady(patienceMs);
    return await redisFacts(connection);
  } finally {
    await connection.close();
  }
}

/** Both Redis, and whether they are two. */
export async function examineRedis(
  settings: RedisSettings,
  transport: Transport,
  logger: Logger,
): Promise<readonly Finding[]> {
  const runs: string[] = [];
  const examine = (use: Use, url: string): Promise<readonly Finding[]> => {
    const { variable } = uses[use];
    const advice = `See whether ${variable} names it and whether it runs. Nothing lives only there: reads take longer, no point is lost`;
    return examining(`Redis (${use})`, { advice, runbook: 'redis-loss' }, async () => {
      const facts = await factsOf(url, use, transport, logger);
      runs.push(facts.runId);
      return findingsOf(use, facts);
    });
  };
  const found = [
    ...(await examine('cache', settings.redisCacheUrl)),
    ...(await examine('state', settings.redisStateUrl)),
  ];
  if (runs.length === 2 && runs[0] === runs[1]) {
    const advice = 'One may evict, the other must not: in production have two, and name the second in REDIS_STATE_HOST';
    found.push(warning('Redis', { found: 'cache and state are one server', advice, runbook: 'redis-loss' }));
  }
  return found;
}
