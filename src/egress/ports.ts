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
}

/**
 * One sentence that tells a balance (points) in the wanted language; an empty or unknown locale gives the merchant's
 * default, then English.
 * @throws DependencyUnavailableError when the texts are away
 */
export type DescribeBalance = (locale: string, merchantId: string, balance: number) => Promise<string>;

/** How a call ended, for metrics. */
export interface CallOutcome {
  /** Path of the method, for example `/points.v1/GetPointsBalance`. */
  readonly method: string;
  /** Name of the gRPC status code, for example `OK`. */
  readonly code: string;
  readonly seconds: number;
  /** Whether it was answered by a stream, which lasts as long as its client wants. */
  readonly streamed: boolean;
}
