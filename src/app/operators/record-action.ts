import { createKafka, sendRecord } from '../../adapters/kafka/index.ts';
import { createRegistry } from '../../adapters/registry/index.ts';
import type { Clock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { type AuditEntry, nilUuid, plainAudit, schemaVersion, topics } from '../../contracts/index.ts';
import type { Transport } from '../transport.ts';
import { lastResortLocale, usualTerms } from '../../domain/index.ts';

/** What somebody is about to do, who is no customer and no shop. */
export interface Action {
  /** Its name, such as `points.replay` or `merchants.set`. */
  readonly name: string;
  /** The role of who does it, or a job's name; never a person's. */
  readonly actor: string;
  /** One line of at most 1,000 characters: what, with ids of ours; never a secret, a token or anybody's data. */
  readonly detail: string;
  /** UUID of the merchant concerned; all of them where it is left out. */
  readonly merchantId?: string;
  /** UUID of the customer concerned; none where it is left out. */
  readonly customerId?: string;
  /** Of what the act is part of; one of its own where it is left out. */
  readonly correlationId?: string;
}

/** An act that could not be recorded as it is told, and is therefore not to be done. */
export class ActionUnfitError extends PointsError {
  readonly code = 'ACTION_UNFIT';
}

export interface RecordActionOptions {
  readonly kafkaBrokers: readonly string[];
  readonly registryUrl: string;
  readonly applicationId: string;
  readonly transport: Pick<Transport, 'kafka' | 'registry'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Makes UUIDs. */
  readonly newId: () => string;
  /** For writing the record, connecting too. Milliseconds, 10,000 by default. */
  readonly deadlineMs?: number;
}

const shapes = {
  name: /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+$/,
  // No space and no at sign: neither a name of somebody nor an address fits.
  actor: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  detail: /^[^\p{Cc}\p{Zl}\p{Zp}]{1,1000}$/u,
} as const;

const assertFit = (action: Action): void => {
  for (const field of ['name', 'actor', 'detail'] as const) {
    if (!shapes[field].test(action[field])) {
      throw new ActionUnfitError(`The ${field} of the act cannot be recorded: it must match ${shapes[field].source}`);
    }
  }
};

const entryOf = (action: Action, eventId: string, now: number): AuditEntry => ({
  ...plainAudit,
  event_id: eventId,
  event_type: action.name,
  customer_id: action.customerId ?? nilUuid,
  merchant_id: action.merchantId ?? nilUuid,
  ...{ points: 0, type: 'earn', sequence: 0, balance_after: 0 },
  ...{ locale: lastResortLocale, description: '', rule: '' },
  ...{ order_id: null, amount_minor: null, delivery_id: null },
  retention_days: usualTerms.retentionDays,
  kind: 'action',
  actor: action.actor,
  detail: action.detail,
  schema_version: schemaVersion,
  created_at: now,
  correlation_id: action.correlationId ?? eventId,
});

/**
 * Writes an act onto audit_log, under its merchant's key. To be called before the act: then what was done is always on
 * record, and an act that cannot be recorded is not done. A record may be there of an act that failed afterwards.
 *
 * @returns the record's event_id, by which the act can be found again
 * @throws ActionUnfitError when it does not fit a record
 * @throws DependencyUnavailableError when Kafka or the schema registry does not answer
 * @example await recordAction({ ...config, logger, clock: systemClock, newId: randomUUID }, { name: 'points.replay', … })
 */
export async function recordAction(options: RecordActionOptions, action: Action): Promise<string> {
  const {
    kafkaBrokers: brokers,
    registryUrl: url,
    applicationId,
    logger,
    clock,
    newId,
    deadlineMs,
    transport,
  } = options;
  assertFit(action);
  const { name: topic, record } = topics.audit;
  const serde = await createRegistry({ url, tls: transport.registry }).serde(topic, record);
  const now = clock.now();
  const entry = entryOf(action, newId(), now);
  const kafka = createKafka({
    ...{ brokers, clientId: `${applicationId}-action`, logger },
    security: transport.kafka,
  });
  await sendRecord(
    { kafka, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
    {
      topic,
      key: entry.merchant_id,
      value: serde.serialize(entry),
      timestampMs: now,
      headers: { correlation_id: entry.correlation_id, schema_version: schemaVersion },
    },
  );
  return entry.event_id;
}
