import type { BalanceServer } from '../egress/index.ts';
import type { Health } from './health.ts';

export interface KeepServingStatusOptions {
  readonly server: Pick<BalanceServer, 'setServing'>;
  readonly health: Pick<Health, 'ready'>;
  /** Checks of the stores; a balance can be told while one of them passes. */
  readonly stores: readonly string[];
  /** Milliseconds, 1,000 by default. */
  readonly everyMs?: number;
}

/**
 * Tells gRPC's health service what the readiness checks found, again and again.
 *
 * It serves while any store answers: with Redis away balances come from the ledger, with the ledger away most come from
 * Redis, and a balancer that took the server out would turn that into an outage. /ready is stricter: it names whatever
 * is missing.
 * @returns once the first status is set, with what ends the telling
 */
export async function keepServingStatus(options: KeepServingStatusOptions): Promise<{ readonly stop: () => void }> {
  const { server, health, stores, everyMs = 1_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const { checks } = await health.ready();
    if (stopped) return;
    server.setServing(stores.some((name) => checks[name]?.ok === true));
    timer = setTimeout(() => void look(), everyMs);
  };
  await look();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
