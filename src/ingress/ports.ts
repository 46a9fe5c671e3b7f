import type { IngestCommand } from '../contracts/index.ts';
import type { MerchantSettings } from '../domain/merchant.ts';

export interface ShopDirectory {
  /**
   * The merchant of a shop domain (lower case); undefined where there is none.
   * @throws DependencyUnavailableError when it is not known here and the store does not answer
   */
  byShopDomain(shopDomain: string): Promise<MerchantSettings | undefined>;
}

export interface CommandPublisher {
  /**
   * Resolves once all in-sync replicas of points.ingest hold the command; may have stored it more than once.
   * @throws DependencyUnavailableError when that is not certain within the deadline: it may or may not be stored
   */
  publish(command: IngestCommand): Promise<void>;
}

export interface ProcessedLookup {
  /**
   * Whether this very event is known to be processed, by its own id or by the delivery that brings it (a delivery
   * mark counts only when it names the same event). False when in doubt or when Redis is away: never throws.
   */
  isProcessed(merchantId: string, eventId: string, deliveryId: string | null): Promise<boolean>;
}

export interface IngressMetrics {
  /**
   * One webhook was answered.
   * @param outcome accepted, duplicate, ignored, refused, unavailable or failed
   * @param reason why, where the outcome leaves it open; of a small fixed vocabulary
   */
  answered(outcome: string, reason: string | null, seconds: number): void;
}
