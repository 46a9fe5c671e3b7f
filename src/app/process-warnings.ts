import type { Logger } from '../common/logger.ts';

/** kafkajs sets timers with a negative delay, which Node mends and warns of once in every process. */
const knownWarnings: readonly string[] = ['TimeoutNegativeWarning'];

/** Makes Node's own warnings lines of our log, where they would go to stderr as plain text. */
export function routeProcessWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (knownWarnings.includes(warning.name)) logger.debug({ err: warning }, 'Node warns of something known');
    else logger.warn({ err: warning }, 'Node warns');
  });
}
