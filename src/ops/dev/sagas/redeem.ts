import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { createCommandPublisher, createKafka } from '../../../adapters/kafka/index.ts';
import { createRegistry } from '../../../adapters/registry/index.ts';
import { systemClock } from '../../../common/clock.ts';
import { DependencyUnavailableError } from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import { PointsServiceClient } from '../../../contracts/grpc/index.ts';
import { type IngestCommand, schemaVersion, topics } from '../../../contracts/index.ts';
import { tokenEventId } from '../../../domain/index.ts';
import type { DevFile } from '../dev-file.ts';

/** A customer wants a reward. */
export interface RedeemRequest {
  readonly merchantId: string;
  readonly customerId: string;
  readonly rewardId: string;
  readonly idempotencyToken: string;
  readonly points: number;
  readonly correlationId: string;
  /** With scope merchant:points:redeem. */
  readonly token: string;
}

const deadlineMs = 5_000;

/** As a storefront does, over gRPC. @returns false where the service has no such call yet */
const call = (grpc: string, request: RedeemRequest): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const client = new PointsServiceClient(grpc, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${request.token}`);
    metadata.set('x-correlation-id', request.correlationId);
    const body = {
      merchant_id: request.merchantId,
      customer_id: request.customerId,
      reward_id: request.rewardId,
      idempotency_token: request.idempotencyToken,
      points: request.points,
      locale: 'en',
    };
    const options = { deadline: Date.now() + deadlineMs };
    client.RedeemReward(body, metadata, options, (error: ServiceError | null) => {
      client.close();
      if (error === null) resolve(true);
      else if (error.code === status.UNIMPLEMENTED) resolve(false);
      else
        reject(new DependencyUnavailableError('The points server', { cause: error, facts: { grpc_code: error.code } }));
    });
  });

/** What the call would put onto points.ingest. */
const publish = async (
  { brokers, registry }: Pick<DevFile, 'brokers' | 'registry'>,
  request: RedeemRequest,
  logger: Logger,
): Promise<void> => {
  const serde = await createRegistry({ url: registry }).serde(topics.ingest.name, topics.ingest.record);
  const publisher = createCommandPublisher({
    kafka: createKafka({ brokers, clientId: 'points-start', logger }),
    topic: topics.ingest.name,
    encode: (command) => serde.serialize(command),
    ...{ logger, clock: systemClock },
  });
  const command: IngestCommand = {
    event_id: tokenEventId(request.merchantId, request.idempotencyToken),
    merchant_id: request.merchantId,
    customer_id: request.customerId,
    correlation_id: request.correlationId,
    schema_version: schemaVersion,
    occurred_at: systemClock.now(),
    locale: 'en',
    delivery_id: null,
    command: {
      'points.RedemptionRequested': {
        reward_id: request.rewardId,
        idempotency_token: request.idempotencyToken,
        points: request.points,
      },
    },
  };
  try {
    await publisher.publish(command);
  } finally {
    await publisher.close();
  }
};

/**
 * Redeems a reward: by /points.v1/RedeemReward, or, where the service does not have that call, by the command that it
 * would publish.
 * @throws DependencyUnavailableError with the gRPC status
 */
export const redeem = async (
  devFile: Pick<DevFile, 'grpc' | 'brokers' | 'registry'>,
  request: RedeemRequest,
  logger: Logger,
): Promise<void> => {
  if (!(await call(devFile.grpc, request))) await publish(devFile, request, logger);
};
