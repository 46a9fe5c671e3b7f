import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { PortTakenError } from '../errors.ts';

/** A gRPC server of a stand-in. */
export interface ListeningServer {
  /** host:port */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Listens without TLS.
 * @param name for messages
 * @param port 0 for any free one
 * @throws PortTakenError
 */
export const listenGrpc = async (
  name: string,
  port: number,
  service: { readonly definition: ServiceDefinition; readonly handlers: UntypedServiceImplementation },
  host = '127.0.0.1',
): Promise<ListeningServer> => {
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 });
  server.addService(service.definition, service.handlers);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (cause, boundPort) => {
      if (cause === null) resolve(boundPort);
      else reject(new PortTakenError(name, port, { cause }));
    });
  });
  return {
    address: `${host}:${bound}`,
    // A stand-in has nothing worth waiting for.
    close: async () => server.forceShutdown(),
  };
};
