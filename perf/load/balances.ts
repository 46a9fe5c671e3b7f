import { credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { PointsServiceClient } from '../../src/contracts/grpc/index.ts';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';

/** Reads balances over a few connections, as a frontend's servers do. */
export function balanceReader(dev: DevFile, customerIds: readonly string[]): (index: number) => Promise<void> {
  const clients = Array.from(
    { length: 4 },
    (_, index) =>
      // A channel of its own for each: grpc-js shares one between clients of the same address otherwise.
      new PointsServiceClient(dev.grpc, credentials.createInsecure(), {
        'grpc.client_id': index,
        'grpc.use_local_subchannel_pool': 1,
      }),
  );
  const merchant = dev.merchants[0];
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${merchant?.tokens['merchant:points:view'] ?? ''}`);
  return (index) =>
    new Promise((resolve, reject) => {
      const client = clients[index % clients.length];
      const customer_id = customerIds[index % customerIds.length] ?? '';
      const request = {
        merchant_id: merchant?.merchant_id ?? '',
        customer_id,
        locale: ['en', 'ar', 'he'][index % 3] ?? 'en',
      };
      client?.GetPointsBalance(request, metadata, { deadline: Date.now() + 2_000 }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
}

/** The least any call on this server costs: the standard health service, which looks at nothing. */
export function grpcFloor(dev: DevFile): (index: number) => Promise<void> {
  const loaded = loadPackageDefinition(loadSync(protoPath, { enums: String })) as unknown as {
    readonly grpc: { readonly health: { readonly v1: { readonly Health: ServiceClientConstructor } } };
  };
  const client = new loaded.grpc.health.v1.Health(dev.grpc, credentials.createInsecure());
  type Check = (request: object, options: object, done: (error: Error | null) => void) => void;
  const check = (client['Check'] as Check).bind(client);
  return () =>
    new Promise((resolve, reject) => {
      check({ service: '' }, { deadline: Date.now() + 2_000 }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
}
