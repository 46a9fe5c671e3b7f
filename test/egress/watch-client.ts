import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { PointsClient } from '../../src/contracts/grpc/index.ts';
import { type CallOptions, customer, merchant } from './grpc-clients.ts';

export interface Told {
  readonly balance: number;
  readonly sequence: number;
  readonly description: string;
}

/** A balance that is watched by a real client. */
export interface Watch {
  /** What came so far. */
  readonly told: readonly Told[];
  /** Metadata the stream began with. */
  readonly headers: Promise<Metadata>;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: string; readonly details: string }>;
  /** Takes nothing any more until `resume`. */
  pause(): void;
  resume(): void;
  hangUp(): void;
}

export const metadataOf = ({ token, metadata: more = {} }: CallOptions): Metadata => {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return metadata;
};

export const openWatch = (client: PointsClient, options: CallOptions): Watch => {
  const request = {
    merchant_id: options.merchantId ?? merchant,
    customer_id: options.customerId ?? customer,
    locale: options.locale ?? 'en',
  };
  const callOptions = options.deadlineMs === undefined ? {} : { deadline: Date.now() + options.deadlineMs };
  const call = client.WatchPointsBalance(request, metadataOf(options), callOptions);
  onTestFinished(() => call.cancel());
  const told: Told[] = [];
  call.on('data', (message: { balance: string; sequence: string; description: string }) => {
    told.push({ ...message, balance: Number(message.balance), sequence: Number(message.sequence) });
  });
  return {
    told,
    headers: new Promise((resolve) => call.on('metadata', resolve)),
    ended: new Promise((resolve) => {
      call.on('error', (error: ServiceError) => resolve({ code: status[error.code], details: error.details }));
      call.on('end', () => resolve({ code: 'OK', details: '' }));
    }),
    pause: () => call.pause(),
    resume: () => call.resume(),
    hangUp: () => call.cancel(),
  };
};
