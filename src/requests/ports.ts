import type { IngestCommand, Outcome } from '../contracts/index.ts';

/** Whom a token speaks for, as Auth says. */
export interface Identity {
  /** UUID, lower case. */
  readonly merchantId: string;
  /** UUID, lower case; set for a customer's token only. */
  readonly customerId?: string;
  /** For example `merchant:points:view`. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch; 0 where Auth does not tell. */
  readonly expiresAt: number;
}

export interface TokenValidator {
  /**
   * The identity behind a token; undefined when Auth says that the token is expired, revoked, forged or malformed.
   * Bounded in time by itself, shorter than a call's deadline.
   * @throws DependencyUnavailableError when Auth does not give a usable answer: the caller must refuse
   */
  validate(token: string): Promise<Identity | undefined>;
  /** The merchant of a token that was valid a moment ago, to tell callers apart by: permits nothing, and asks nobody. */
  merchantOf(token: string): string | undefined;
}

/** One that remembers for a short while what Auth has said. */
export interface RememberingTokenValidator extends TokenValidator {
  /** How long what was last said of a token may still be acted upon; 0 where it must be asked about first. Milliseconds. */
  servesForMs(token: string): number;
}

/** By what an outcome is found. */
export interface OutcomeQuestion {
  /** UUID, lower case. */
  readonly merchantId: string;
  /** UUID of the event that the request becomes. */
  readonly eventId: string;
  /** UUID, lower case. */
  readonly idempotencyToken: string;
}

/** An outcome as far as the place it was found at keeps it. */
export interface KnownOutcome extends Omit<Outcome, 'points' | 'balance_after'> {
  /** Points moved, or asked for where they were refused; null where that is not kept. */
  readonly points: number | null;
  /** Null where that is not kept. */
  readonly balance_after: number | null;
}

/** A place where outcomes are kept. */
export interface OutcomeStore {
  /**
   * What became of a request; undefined where nothing is known.
   * @throws DependencyUnavailableError when the store does not answer in time
   */
  find(question: OutcomeQuestion): Promise<KnownOutcome | undefined>;
}

/** Hears of outcomes the moment they are told. It may miss some, and be away: its loss costs speed, never answers. */
export interface OutcomeChannel {
  /** Calls `heard` with each outcome of the event from some moment on, until it is closed; not before it has returned. */
  listen(merchantId: string, eventId: string, heard: (outcome: Outcome) => void): OutcomeSubscription;
}

export interface OutcomeSubscription {
  /** Resolves with whether everything that is told from then on is heard; soon, and never rejects. */
  readonly ready: Promise<boolean>;
  /** Whether what is told now is heard. */
  readonly isLive: boolean;
  close(): void;
}

export interface RequestPublisher {
  /**
   * Resolves once the command is safe, with `buffered` where it waits for Kafka to come back; may store it twice. Commands
   * of one merchant are stored in the order of the calls, unless some of them fail.
   * @throws DependencyUnavailableError when it may or may not be stored
   */
  publish(command: IngestCommand): Promise<unknown>;
}
