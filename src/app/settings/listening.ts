import { setting } from './setting.ts';
import { host, port } from './values.ts';

/** Where a process can be reached. */
export const listening = {
  httpHost: setting({ name: 'POINTS_HTTP_HOST', about: 'Address HTTP listens on', shape: host, fallback: '0.0.0.0' }),
  httpPort: setting({
    ...{ name: 'POINTS_HTTP_PORT', about: 'Port of HTTP; 0 takes a free one' },
    ...{ shape: port, fallback: '8080' },
  }),
  grpcHost: setting({ name: 'POINTS_GRPC_HOST', about: 'Address gRPC listens on', shape: host, fallback: '0.0.0.0' }),
  grpcPort: setting({
    ...{ name: 'POINTS_GRPC_PORT', about: 'Port of gRPC; 0 takes a free one' },
    ...{ shape: port, fallback: '50059' },
  }),
} as const;
