import { Server, ServerCredentials, type status } from '@grpc/grpc-js';
import { type CoreHandlers, coreService } from '../../src/contracts/grpc/index.ts';

type AskedCall = Parameters<CoreHandlers['GetCustomerRFM']>[0];

/** How a Core of a test answers: that it knows the customer, a status, or nothing at all. */
export type CoreAnswer = 'known' | status | 'silence';

export interface CoreServer {
  /** host:port. */
  readonly address: string;
  /** Every question that arrived. */
  readonly asked: readonly {
    readonly customerId: string;
    readonly correlationId: unknown;
    readonly traceparent?: unknown;
  }[];
  /** The most questions that waited for an answer at once. */
  mostAtOnce: number;
  /** How it answers from now on. */
  answer: (customerId: string) => CoreAnswer | Promise<CoreAnswer>;
  /** Cuts every connection. */
  stop(): void;
  /** Listens again where it did. */
  restart(): Promise<void>;
}

/** A real gRPC server of core.proto, for tests that need it to misbehave. */
export const startCoreServer = async (onEnd: (cleanUp: () => void) => unknown): Promise<CoreServer> => {
  const asked: { customerId: string; correlationId: unknown; traceparent?: unknown }[] = [];
  let underWay = 0;
  let server: Server | undefined;

  const handle = async (call: AskedCall): Promise<CoreAnswer> => {
    const { customer_id: customerId } = call.request;
    const [traceparent] = call.metadata.get('traceparent');
    const correlationId = call.metadata.get('x-correlation-id')[0];
    asked.push({ customerId, correlationId, ...(traceparent !== undefined && { traceparent }) });
    underWay += 1;
    core.mostAtOnce = Math.max(core.mostAtOnce, underWay);
    call.on('cancelled', () => {
      underWay -= 1;
    });
    return core.answer(customerId);
  };

  const listen = (port: number): Promise<number> => {
    server = new Server();
    server.addService(coreService, {
      GetCustomerRFM: ((call, callback) => {
        void handle(call).then((answer) => {
          if (answer === 'silence') return;
          if (answer === 'known') callback(null, { recency: 60, frequency: 3, monetary: 300 });
          else callback({ code: answer, details: 'as told' });
        });
      }) satisfies CoreHandlers['GetCustomerRFM'],
    });
    const listening = server;
    return new Promise((resolve, reject) => {
      listening.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
  };

  const port = await listen(0);
  const core: CoreServer = {
    address: `127.0.0.1:${port}`,
    asked,
    mostAtOnce: 0,
    answer: () => 'known',
    stop: () => server?.forceShutdown(),
    restart: async () => {
      await listen(port);
    },
  };
  onEnd(() => core.stop());
  return core;
};
