import { Counter } from 'prom-client';
import { createHeldData, type MongoConnection } from '../adapters/mongo/index.ts';
import { createHeldAnswers, type RedisConnection } from '../adapters/redis/index.ts';
import type { ComplianceAct } from '../contracts/index.ts';
import { carryOut } from '../sinks/index.ts';
import type { RoleContext } from './role.ts';

export interface ComplianceServers {
  readonly mongo: MongoConnection;
  readonly cacheRedis: RedisConnection;
  readonly stateRedis: RedisConnection;
}

/** What carries out the demands of the law in this process, and counts them as `points_compliance_total`. */
export function createCompliance(
  { metrics, logger }: Pick<RoleContext, 'metrics' | 'logger'>,
  { mongo, cacheRedis, stateRedis }: ComplianceServers,
): (acts: readonly ComplianceAct[]) => Promise<void> {
  const requests = new Counter({
    ...{ name: 'points_compliance_total', help: 'Requests by law that were carried out, by kind' },
    ...{ labelNames: ['request'], registers: [metrics.registry] },
  });
  const data = createHeldData(mongo);
  const answers = createHeldAnswers({ cache: cacheRedis, state: stateRedis });
  return (acts) =>
    carryOut(
      {
        ...{ data, answers, logger },
        onCarriedOut: (request) => requests.inc({ request }),
        onNotForgotten: () => metrics.errors.inc({ error_type: 'NOT_FORGOTTEN' }),
      },
      acts,
    );
}
