import type { LogFields, Logger } from '../../src/common/logger.ts';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger that keeps its lines. */
export const recordingLogger = (): Logger & { readonly lines: readonly LoggedLine[] } => {
  const lines: LoggedLine[] = [];
  const log = (level: LoggedLine['level']) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  const logger = {
    ...{ lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    child: () => logger,
  };
  return logger;
};
