import { credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { httpRequest } from '../../common/http-request.ts';

type Check = (
  request: { readonly service: string },
  options: { readonly deadline: number },
  done: (error: Error | null, response?: { readonly status: string }) => void,
) => void;

const loaded = loadPackageDefinition(loadSync(protoPath, { enums: String })) as unknown as {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: ServiceClientConstructor } } };
};

const withinMs = 2_000;

/**
 * Asks the standard gRPC health service.
 * @param address host:port
 * @throws DependencyUnavailableError unless it says SERVING
 */
export const probeGrpcHealth = (address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const client = new loaded.grpc.health.v1.Health(address, credentials.createInsecure());
    const check = (client['Check'] as Check).bind(client);
    check({ service: '' }, { deadline: Date.now() + withinMs }, (cause, response) => {
      client.close();
      if (response?.status === 'SERVING') return resolve();
      const facts = { address, status: response?.status ?? 'no answer' };
      reject(new DependencyUnavailableError('The gRPC server', { cause, facts }));
    });
  });

/**
 * Asks `/ready`, or another page that answers 200 when all is well.
 * @param url the page
 * @throws DependencyUnavailableError with what the page said
 */
export const probeHttp = async (url: string): Promise<void> => {
  const { status, text } = await httpRequest(url, { timeoutMs: withinMs });
  if (status !== 200) throw new DependencyUnavailableError(url, { facts: { status, said: text } });
};
