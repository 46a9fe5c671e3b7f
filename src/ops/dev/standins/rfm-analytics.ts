/** A stand-in for RFM Analytics, FOR DEVELOPMENT AND TESTS ONLY: it learns from points.earned how customers buy, and tells Core. */
import path from 'node:path';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { DependencyUnavailableError } from '../../../common/errors.ts';
import { CoreServiceClient } from '../../../contracts/grpc/index.ts';
import { type PointsEarned, topics } from '../../../contracts/index.ts';
import { openJournal } from './journal.ts';
import type { RunningStandin, StandinParts } from './parts.ts';
import { readTopics, topicWork } from './read-topics.ts';

interface Purchase {
  readonly event_id: string;
  readonly account: string;
  readonly points: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Customer {
  lastEarnedAt: number;
  frequency: number;
  monetary: number;
}

const deadlineMs = 2_000;
/** Core has heard it and will never take it: trying again is no use. */
const final: ReadonlySet<status> = new Set([status.NOT_FOUND, status.INVALID_ARGUMENT]);

/** @param coreHost host:port */
export const startRfmAnalytics = async (parts: StandinParts, coreHost: string): Promise<RunningStandin> => {
  const { kafka, registry, conduct, logger, clock, folder, groupId } = parts;
  const customers = new Map<string, Customer>();
  const seen = new Set<string>();
  const learn = ({ event_id, account, points, at }: Purchase): void => {
    if (seen.has(event_id)) return;
    seen.add(event_id);
    const customer = customers.get(account) ?? { lastEarnedAt: 0, frequency: 0, monetary: 0 };
    customer.lastEarnedAt = Math.max(customer.lastEarnedAt, at);
    customer.frequency += 1;
    customer.monetary += points;
    customers.set(account, customer);
  };
  const journal = await openJournal<Purchase>(path.join(folder, 'rfm-analytics.jsonl'), learn);
  const core = new CoreServiceClient(coreHost, credentials.createInsecure());

  /** @throws DependencyUnavailableError while Core is away */
  const put = (earned: PointsEarned, rfm: Readonly<Record<'recency' | 'frequency' | 'monetary', number>>) =>
    new Promise<void>((resolve, reject) => {
      const { merchant_id, customer_id, correlation_id } = earned;
      const request = { merchant_id, customer_id, rfm, correlation_id };
      const line = { merchant_id, customer_id, correlation_id, ...rfm };
      core.PutCustomerRFM(request, { deadline: Date.now() + deadlineMs }, (error: ServiceError | null) => {
        if (error === null) {
          logger.info(line, 'Told Core a customer’s RFM');
          resolve();
        } else if (final.has(error.code)) {
          logger.warn({ ...line, grpc_code: status[error.code] }, 'Core refused a customer’s RFM');
          resolve();
        } else {
          reject(new DependencyUnavailableError('Core', { cause: error, facts: { grpc_code: status[error.code] } }));
        }
      });
    });

  const onEarned = async (earned: PointsEarned, mode: 'ok' | 'wrong'): Promise<void> => {
    // A bonus is no purchase.
    if (earned.type !== 'earn') return;
    const account = `${earned.merchant_id}:${earned.customer_id}`;
    if (!seen.has(earned.event_id)) {
      const purchase = { event_id: earned.event_id, account, points: earned.points, at: earned.created_at };
      await journal.append(purchase);
      learn(purchase);
    }
    const { lastEarnedAt = 0, frequency = 0, monetary = 0 } = customers.get(account) ?? {};
    const recency = Math.max(0, Math.round((clock.now() - lastEarnedAt) / 1_000));
    // Wrong: what nobody can have bought.
    await put(earned, { recency, frequency, monetary: mode === 'wrong' ? -1 : monetary });
  };

  const serde = registry.reader(topics.earned.name, topics.earned.record);
  const work = topicWork(topics.earned.name, serde, logger, ({ value }, mode) => onEarned(value, mode));
  const reading = await readTopics({ kafka, groupId, topics: [work], conduct, logger });
  return {
    close: async () => {
      await reading.close();
      core.close();
    },
  };
};
