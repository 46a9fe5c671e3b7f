import { Metadata } from '@grpc/grpc-js';
import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';

interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly type_url: string; readonly value: Buffer }[];
}
interface RetryInfo {
  readonly retry_delay: { readonly seconds: number; readonly nanos: number };
}

const field = (type: string, id: number) => ({ type, id });

/** google/rpc/status.proto and error_details.proto, the two messages of them that we send. */
const definitions = fromJSON(
  {
    nested: {
      rpc: {
        nested: {
          Any: { fields: { type_url: field('string', 1), value: field('bytes', 2) } },
          Duration: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
          RetryInfo: { fields: { retry_delay: field('Duration', 1) } },
          Status: {
            fields: {
              code: field('int32', 1),
              message: field('string', 2),
              details: { rule: 'repeated', ...field('Any', 3) },
            },
          },
        },
      },
    },
  },
  { keepCase: true },
);
const statusType = definitions['rpc.Status'] as MessageTypeDefinition<RpcStatus, RpcStatus>;
const retryInfoType = definitions['rpc.RetryInfo'] as MessageTypeDefinition<RetryInfo, RetryInfo>;

/**
 * Trailers that tell a client when to come back: `google.rpc.RetryInfo` in `grpc-status-details-bin` for people and
 * libraries that read error details, `grpc-retry-pushback-ms` for gRPC's own retry policy.
 */
export function retryTrailers(code: number, message: string, delayMs: number): Metadata {
  const seconds = Math.floor(delayMs / 1000);
  const value = retryInfoType.serialize({ retry_delay: { seconds, nanos: (delayMs % 1000) * 1_000_000 } });
  const details = [{ type_url: 'type.googleapis.com/google.rpc.RetryInfo', value }];
  const trailers = new Metadata();
  trailers.set('grpc-status-details-bin', statusType.serialize({ code, message, details }));
  trailers.set('grpc-retry-pushback-ms', String(delayMs));
  return trailers;
}
