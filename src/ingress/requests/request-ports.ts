import type { MerchantSettings } from '../../domain/index.ts';
import type { Decisions } from '../../requests/index.ts';
import type { TokenValidator } from '../../requests/ports.ts';

/** What `POST /redemptions` and `POST /pos/transactions` need. */
export interface RequestDeps {
  /** Undefined where no Auth is configured: then nobody is let in. */
  readonly tokens: TokenValidator | undefined;
  readonly decisions: Pick<Decisions, 'request' | 'requestAll'>;
  /** Undefined for an unknown merchant. @throws DependencyUnavailableError */
  readonly merchantOf: (merchantId: string) => Promise<MerchantSettings | undefined>;
  /** Longest wait for a decision. Milliseconds. */
  readonly waitMs: number;
}

/** The paths that requests come in by. */
export type RequestPath = '/redemptions' | '/pos/transactions';

export interface RequestMetrics {
  /**
   * One request was answered.
   * @param outcome decided, undecided, refused, unavailable or failed
   * @param reason the problem's, where there is one; of a small fixed vocabulary
   */
  answered(path: RequestPath, outcome: string, reason: string | null, seconds: number): void;
  /** One item of a till's batch was answered. */
  item(status: string): void;
}
