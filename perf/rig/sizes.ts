/** How much of everything a run does; `--short` is what fits into four minutes on two cores. */
export interface Sizes {
  /** Events decided before anything is measured: the compiler is done after some ten thousand. */
  readonly warmUp: number;
  /** Rounds of points, plain copy and transactional copy, in turn; the median counts. */
  readonly rounds: number;
  readonly eventsPerRound: number;
  readonly endToEnd: number;
  readonly naive: number;
  /** Of each rate. */
  readonly latencySeconds: number;
  readonly accounts: number;
  /** Events decided on the accounts before and around the kill. */
  readonly accountEvents: number;
}

export const longSizes: Sizes = {
  warmUp: 30_000,
  rounds: 5,
  eventsPerRound: 120_000,
  endToEnd: 200_000,
  naive: 10_000,
  latencySeconds: 30,
  accounts: 1_000_000,
  accountEvents: 120_000,
};

export const shortSizes: Sizes = {
  warmUp: 15_000,
  rounds: 3,
  eventsPerRound: 30_000,
  endToEnd: 40_000,
  naive: 2_000,
  latencySeconds: 5,
  accounts: 1_000_000,
  accountEvents: 30_000,
};

/** Of every topic, as the service's default. */
export const partitions = 4;
/** Three a partition. */
export const merchantCount = 12;
export const customerCount = 600;
/** Latency is watched customer by customer, so there are enough that one is rarely waited for twice at once. */
export const latencyCustomers = 3_000;
export const latencyRates = [200, 1_000, 5_000] as const;
/** How long the watcher of balances pauses between two looks. */
export const watchEveryMs = 4;
