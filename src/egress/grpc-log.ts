import { setLogger } from '@grpc/grpc-js';
import type { Logger } from '../common/logger.ts';

/**
 * grpc-js writes its own lines to stderr, for the whole process; sent to our logger they are JSON like all others. As
 * debug lines: what matters of them reaches us as an error or a status.
 */
export function routeGrpcLogs(logger: Logger): void {
  const write = (...parts: readonly unknown[]): void => {
    logger.debug({ client: 'grpc-js' }, parts.map(String).join(' '));
  };
  setLogger({ error: write, info: write, debug: write, warn: write });
}
