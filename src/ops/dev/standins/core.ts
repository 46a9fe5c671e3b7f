/** A stand-in for Core, FOR DEVELOPMENT AND TESTS ONLY: it knows every customer, or those it is told of. */
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import { type CoreHandlers, coreService } from '../../../contracts/grpc/index.ts';
import { isUuid } from '../../../domain/index.ts';
import type { Conduct } from './conduct.ts';
import { listenGrpc } from './grpc-server.ts';
import { openJournal } from './journal.ts';
import { CallRefusedError, unary } from './unary.ts';

/** How a customer buys, as core.proto has it, and whence Core knows. */
export interface KnownRfm {
  readonly merchant_id: string;
  readonly customer_id: string;
  /** Seconds since the customer last earned, as it was when this was learnt. */
  readonly recency: number;
  readonly frequency: number;
  /** Points. */
  readonly monetary: number;
  readonly correlation_id: string;
  /** When it was learnt; milliseconds since the epoch. */
  readonly learnt_at: number;
}

export interface CoreStandin {
  /** host:port, as CORE_HOST wants it. */
  readonly address: string;
  /** What was learnt from one event. */
  learntFrom(correlationId: string): readonly KnownRfm[];
  /** From now on only these customers are known; null: all are. In lower case. */
  knowOnly(customers: readonly string[] | null): void;
  close(): Promise<void>;
}

export interface CoreOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Keeps what it has learnt over a restart. */
  readonly folder: string;
  readonly conduct: Conduct;
  readonly logger: Logger;
  readonly clock: Clock;
}

const notFound = new CallRefusedError(status.NOT_FOUND, 'The merchant has no such customer');

/** @throws PortTakenError */
export const startCore = async ({ port, host, folder, conduct, logger, clock }: CoreOptions): Promise<CoreStandin> => {
  const newest = new Map<string, KnownRfm>();
  const learnt = new Map<string, KnownRfm[]>();
  let only: ReadonlySet<string> | null = null;
  const keyOf = (of: { readonly merchant_id: string; readonly customer_id: string }): string =>
    `${of.merchant_id}:${of.customer_id}`.toLowerCase();
  const remember = (rfm: KnownRfm): void => {
    newest.set(keyOf(rfm), rfm);
    learnt.set(rfm.correlation_id, [...(learnt.get(rfm.correlation_id) ?? []), rfm]);
  };
  const journal = await openJournal<KnownRfm>(path.join(folder, 'core.jsonl'), remember);

  const assertKnown = (of: { readonly merchant_id: string; readonly customer_id: string }): void => {
    if (!isUuid(of.merchant_id) || !isUuid(of.customer_id)) {
      throw new CallRefusedError(status.INVALID_ARGUMENT, 'merchant_id and customer_id must be UUIDs');
    }
    if (only !== null && !only.has(of.customer_id.toLowerCase())) throw notFound;
  };

  const handlers: CoreHandlers = {
    GetCustomerRFM: unary({
      conduct,
      wrong: notFound,
      handle: (request) => {
        assertKnown(request);
        const { recency = 0, frequency = 0, monetary = 0 } = newest.get(keyOf(request)) ?? {};
        logger.debug({ merchant_id: request.merchant_id, customer_id: request.customer_id }, 'Told a customer’s RFM');
        return { recency, frequency, monetary };
      },
    }),
    PutCustomerRFM: unary({
      conduct,
      wrong: notFound,
      handle: async ({ merchant_id, customer_id, rfm, correlation_id }) => {
        assertKnown({ merchant_id, customer_id });
        const numbers = [Number(rfm?.recency ?? 0), Number(rfm?.frequency ?? 0), Number(rfm?.monetary ?? 0)] as const;
        if (numbers.some((number) => number < 0)) {
          throw new CallRefusedError(status.INVALID_ARGUMENT, 'recency, frequency and monetary are not below 0');
        }
        const [recency, frequency, monetary] = numbers;
        const known = { merchant_id, customer_id, recency, frequency, monetary, correlation_id };
        await journal.append({ ...known, learnt_at: clock.now() });
        remember({ ...known, learnt_at: clock.now() });
        logger.info(known, 'Learnt a customer’s RFM');
        return { recency, frequency, monetary };
      },
    }),
  };
  const server = await listenGrpc('Core stand-in', port, { definition: coreService, handlers }, host);
  return {
    address: server.address,
    close: () => server.close(),
    learntFrom: (correlationId) => learnt.get(correlationId) ?? [],
    knowOnly: (customers) => {
      only = customers === null ? null : new Set(customers);
    },
  };
};
