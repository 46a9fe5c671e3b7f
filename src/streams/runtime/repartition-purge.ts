import type { Clock } from '../../common/clock.ts';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { PartitionOffset, StreamAdmin } from '../ports.ts';

/** As often as Kafka Streams by default. */
const purgeIntervalMs = 30_000;

/**
 * Has records of repartition topics deleted once they are committed: nothing else ends them, as a backlog must not be
 * lost to a retention time. A deletion that fails is made up for by the next.
 */
export class RepartitionPurge {
  readonly #admin: StreamAdmin;
  readonly #topics: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #committed = new Map<string, PartitionOffset>();
  #purgedAt: number;

  /** @param topics repartition topics, by their names in the cluster */
  constructor(topics: readonly string[], admin: StreamAdmin, clock: Clock, logger: Logger) {
    this.#topics = new Set(topics);
    this.#admin = admin;
    this.#clock = clock;
    this.#logger = logger;
    this.#purgedAt = clock.now();
  }

  /** Told after every commit; nobody waits for what it does. */
  committed(offsets: readonly PartitionOffset[]): void {
    for (const offset of offsets) {
      if (this.#topics.has(offset.topic)) this.#committed.set(offset.topic, offset);
    }
    const now = this.#clock.now();
    if (this.#committed.size === 0 || now - this.#purgedAt < purgeIntervalMs) return;
    this.#purgedAt = now;
    const before = [...this.#committed.values()];
    this.#committed.clear();
    this.#admin.deleteRecords(before).catch((error: unknown) => {
      this.#logger.warn({ err: toError(error) }, 'Committed records of a repartition topic were not deleted');
    });
  }
}
