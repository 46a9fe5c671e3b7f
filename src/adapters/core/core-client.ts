import { type Metadata, status } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Tracing } from '../../common/tracing.ts';
import { CoreServiceClient } from '../../contracts/grpc/index.ts';
import { createRotatingClient } from '../grpc/rotating-client.ts';
import { askTwice, channelOptions, codeFacts, codeOf, inCallSpan, reach } from '../grpc/unary-client.ts';
import type { CertificateWatcher } from '../tls/index.ts';
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
  /** Has a span for each question of work that is traced. */
  readonly tracing?: Tracing | undefined;
  /** Plain text without. */
  readonly certificates?: CertificateWatcher | undefined;
}

/** What metadata takes as a value; an id of another shape stays behind rather than fail the question. */
const printable = /^[\x21-\x7e]{1,256}$/;

const correlate = (metadata: Metadata, { correlationId }: CoreQuestion): void => {
  if (correlationId !== undefined && printable.test(correlationId)) metadata.set('x-correlation-id', correlationId);
};

/** A gRPC client of /core.v1/GetCustomerRFM. It connects by itself when first asked, and again after every loss. */
export function createCoreClient({ host, clock, timeoutMs, tracing, certificates }: CoreClientOptions): CoreClient {
  const rotating = createRotatingClient({
    create: (credentials) => new CoreServiceClient(host, credentials, channelOptions),
    certificates,
  });

  const attempt = (question: CoreQuestion, metadata: Metadata, deadline: number): Promise<'known'> =>
    rotating.use(
      (client) =>
        new Promise((resolve, reject) => {
          const request = { merchant_id: question.merchantId, customer_id: question.customerId };
          client.GetCustomerRFM(request, metadata, { deadline }, (error) => {
            // How they buy is not asked here: that Core can tell is the answer.
            if (error === null) resolve('known');
            else reject(error);
          });
        }),
    );

  return {
    ask: async (question) => {
      try {
        return await inCallSpan(tracing, '/core.v1/GetCustomerRFM', (metadata) => {
          correlate(metadata, question);
          return askTwice((deadline) => attempt(question, metadata, deadline), { clock, timeoutMs });
        });
      } catch (error) {
        const code = codeOf(error);
        if (code === status.NOT_FOUND) return 'unknown';
        const facts = codeFacts(error);
        // Its details may quote what was asked, and errors end in dead letters: only the code goes on.
        if (code === status.INVALID_ARGUMENT) throw new CoreRefusedError('Core refuses the question', { facts });
        throw new DependencyUnavailableError('Core', { facts });
      }
    },
    ping: (pingTimeoutMs) => rotating.use((client) => reach(client, 'Core', clock.now() + pingTimeoutMs)),
    close: () => {
      rotating.close();
    },
  };
}
