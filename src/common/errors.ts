/** What an error is about, beside its message: small, printable, free of personal data. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface ErrorOptions {
  readonly facts?: ErrorFacts;
  readonly cause?: unknown;
}

/**
 * The root of every error this project throws.
 *
 * `code` is stable and upper-case: metrics, dead letters and callers key on it, never on the message.
 * `retryable` tells whether the same call may succeed later with nothing changed in its input.
 */
export abstract class PointsError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean = false;
  readonly facts: ErrorFacts;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.facts = options.facts ?? {};
  }
}

/** Settings that are missing or wrong; lists every fault at once, so that one start finds them all. */
export class ConfigError extends PointsError {
  readonly code = 'CONFIG_INVALID';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Configuration is not usable: ${faults.join('; ')}`, { facts: { faults: faults.length } });
    this.faults = faults;
  }
}

/** A server we depend on did not answer (in time); the same call may succeed later. */
export class DependencyUnavailableError extends PointsError {
  readonly code = 'DEPENDENCY_UNAVAILABLE';
  override readonly retryable = true;

  constructor(dependency: string, options: ErrorOptions = {}) {
    super(`${dependency} is not available`, { ...options, facts: { dependency, ...options.facts } });
  }
}

/** Something that was thrown, as an `Error`, whatever it was. */
export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** The stable code of an error, for metrics and dead letters; `INTERNAL` for what is not ours. */
export const errorCode = (thrown: unknown): string => (thrown instanceof PointsError ? thrown.code : 'INTERNAL');

/** Whether the same call may succeed later: only our own errors may claim that it can. */
export const isRetryable = (thrown: unknown): boolean => thrown instanceof PointsError && thrown.retryable;
