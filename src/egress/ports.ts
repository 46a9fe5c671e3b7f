export type { Identity, RememberingTokenValidator, TokenValidator } from '../requests/ports.ts';

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
