import { pino } from 'pino';

/** Fields of a log line; `merchant_id`, `customer_id`, `event_type`, `locale`, `correlation_id` go by these names. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The part of a logger that rooms use; pino fills it. Fields first, then one sentence. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/** JSON lines on stdout; errors are printed with code, message and stack under `err`. */
export const createLogger = (options: {
  readonly level: string;
  readonly role: string;
  /** Added to every line, as it is when the line is written. */
  readonly mixin?: () => object;
}): Logger =>
  pino({
    level: options.level,
    base: { role: options.role, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    ...(options.mixin !== undefined && { mixin: options.mixin }),
    serializers: { err: pino.stdSerializers.errWithCause },
  });

const ignore = (): void => undefined;

/** A logger for tests and tools that have nobody to tell. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
};
