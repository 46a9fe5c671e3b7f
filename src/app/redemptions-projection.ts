import { setTimeout as sleep } from 'node:timers/promises';
import { createRedemptionStore, type MongoConnection } from '../adapters/mongo/index.ts';
import { createOutcomeBoard, type RedisConnection } from '../adapters/redis/index.ts';
import type { AuditEntry } from '../contracts/index.ts';
import { createOutcomeTeller, writeRedemptions } from '../sinks/index.ts';
import type { Serde, Topology } from '../streams/index.ts';
import { redemptionsTopology } from '../../topologies/redemptions/index.ts';
import type { RoleContext } from './role.ts';
import { storeSpan, tracedWrite } from './tracing/record-spans.ts';

export interface RedemptionsProjectionParts {
  readonly connection: MongoConnection;
  /** Where callers wait. A command's time-out on it bounds how long the projection is held up by a Redis that is away. */
  readonly stateRedis: RedisConnection;
  readonly auditSerde: Serde<AuditEntry>;
}

/** The topology of redemptions on MongoDB and Redis, with what it counts. */
export function redemptionsProjection(
  { logger, metrics, tracing }: Pick<RoleContext<'processor'>, 'logger' | 'metrics' | 'tracing'>,
  { connection, stateRedis, auditSerde }: RedemptionsProjectionParts,
): Topology {
  const store = createRedemptionStore({
    connection,
    logger,
    onWritten: (status, redemptions) => {
      metrics.redemptions.inc({ status }, redemptions);
    },
  });
  const tell = createOutcomeTeller({
    board: createOutcomeBoard(stateRedis),
    logger,
    onUntold: (outcomes) => {
      metrics.errors.inc({ error_type: 'NOT_TOLD' }, outcomes);
    },
  });
  return redemptionsTopology({
    auditSerde,
    tell,
    write: tracedWrite(tracing, 'upsert reward_redemptions', storeSpan('mongodb'), (steps) =>
      writeRedemptions({ store, sleep: (ms) => sleep(ms) }, steps),
    ),
  });
}
