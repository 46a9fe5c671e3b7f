import { type ChannelOptions, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import { CoreServiceClient } from '../../contracts/grpc/index.ts';
import { CoreRefusedError } from './errors.ts';

export interface CoreQuestion {
  readonly merchantId: string;
  readonly customerId: string;
  readonly correlationId?: string;
}

/** Core as it is on the wire: one question, one answer. */
export interface CoreClient {
  /**
   * Whether the merchant has the customer.
   * @throws CoreRefusedError when Core says that the question itself is wrong
   * @throws DependencyUnavailableError for every other ending
   */
  ask(question: CoreQuestion): Promise<'known' | 'unknown'>;
  /** Resolves when Core can be reached. @throws DependencyUnavailableError when it cannot within `timeoutMs` */
  ping(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface CoreClientOptions {
  /** host:port. */
  readonly host: string;
  readonly clock: Clock;
  /** For one question with its second attempt. Milliseconds. */
  readonly timeoutMs: number;
}

/** After an outage of an hour grpc-js would wait two minutes between attempts: Core must be found again at once. */
const channelOptions: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
};

/** What metadata takes as a value; an id of another shape stays behind rather than fail the question. */
const printable = /^[\x21-\x7e]{1,256}$/;

const metadataOf = ({ correlationId }: CoreQuestion): Metadata => {
  const metadata = new Metadata();
  if (correlationId !== undefined && printable.test(correlationId)) metadata.set('x-correlation-id', correlationId);
  return metadata;
};

const codeOf = (error: unknown): status | undefined => (error as Partial<ServiceError>).code;

/** A gRPC client of /core.v1/GetCustomerRFM. It connects by itself when first asked, and again after every loss. */
export function createCoreClient({ host, clock, timeoutMs }: CoreClientOptions): CoreClient {
  const client = new CoreServiceClient(host, credentials.createInsecure(), channelOptions);

  const attempt = (question: CoreQuestion, deadline: number): Promise<'known'> =>
    new Promise((resolve, reject) => {
      const request = { merchant_id: question.merchantId, customer_id: question.customerId };
      client.GetCustomerRFM(request, metadataOf(question), { deadline }, (error) => {
        // How they buy is not asked here: that Core can tell is the answer.
        if (error === null) resolve('known');
        else reject(error);
      });
    });

  return {
    ask: async (question) => {
      const deadline = clock.now() + timeoutMs;
      const again = (error: unknown): Promise<'known'> => {
        // A connection that broke under the call is replaced at once; a Core that is down fails at once as well.
        if (codeOf(error) === status.UNAVAILABLE && clock.now() < deadline) return attempt(question, deadline);
        throw toError(error);
      };
      try {
        return await attempt(question, deadline).catch(again);
      } catch (error) {
        const code = codeOf(error);
        if (code === status.NOT_FOUND) return 'unknown';
        const facts = { grpc_code: code === undefined ? undefined : status[code] };
        // Its details may quote what was asked, and errors end in dead letters: only the code goes on.
        if (code === status.INVALID_ARGUMENT) throw new CoreRefusedError('Core refuses the question', { facts });
        throw new DependencyUnavailableError('Core', { facts });
      }
    },
    ping: (pingTimeoutMs) =>
      new Promise((resolve, reject) => {
        client.waitForReady(clock.now() + pingTimeoutMs, (cause) => {
          if (cause === undefined) resolve();
          else reject(new DependencyUnavailableError('Core', { cause }));
        });
      }),
    close: () => {
      client.close();
    },
  };
}
