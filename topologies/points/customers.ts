/** Whom a look-up is about. */
export interface CustomerRef {
  /** UUID. */
  readonly merchantId: string;
  /** UUID. */
  readonly customerId: string;
  /** Of the event that asks; it goes along to Core. */
  readonly correlationId?: string;
}

/** What is known of a customer. An error that is retryable may be gone the next time. */
export type CustomerAnswer =
  | { readonly status: 'known' }
  | { readonly status: 'unknown' }
  | { readonly status: 'error'; readonly error: Error };

/** Says who is a merchant's customer (Core). */
export interface CustomerSource {
  /**
   * Looks all of them up, each distinct one once. Never rejects: a look-up that fails is its own customer's answer, so
   * that it fails no records but that customer's. Bounded in time, some seconds for any number of customers: what was
   * not answered by then is an error, and is remembered the next time if it was answered later.
   * @returns an answer for each, in the order asked; errors are DependencyUnavailableError (retryable) or, where Core
   *   refuses the question itself, one that is not retryable
   */
  known(customers: readonly CustomerRef[]): Promise<readonly CustomerAnswer[]>;
}
