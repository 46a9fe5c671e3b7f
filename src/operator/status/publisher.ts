import type { Clock } from '../../common/clock.ts';
import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { InstanceBoard } from '../ports.ts';
import { type InstanceStatus, readInstanceStatus } from './instance-status.ts';

/** How often an instance tells of itself, and for how long what it told is believed. Milliseconds. */
export const publishEveryMs = 1_000;
export const believedMs = 5_000;

export interface PublisherParts {
  readonly look: () => Promise<InstanceStatus>;
  readonly board: InstanceBoard;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All instances that can be seen. */
export interface SeenInstances {
  readonly instances: readonly InstanceStatus[];
  /** Why others cannot be seen; null where they can. */
  readonly fault: string | null;
}

/** Looks at this instance every second, tells the others, and knows what they tell. */
export class StatusPublisher {
  readonly #parts: PublisherParts;
  #own: InstanceStatus | null = null;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #fault: string | null = null;
  #isClosed = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#underWay = this.#tell().finally(() => {
      if (this.#isClosed) return;
      this.#timer = setTimeout(() => {
        this.start();
      }, publishEveryMs);
      this.#timer.unref();
    });
  }

  /** This instance is not seen any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#underWay;
    const id = this.#own?.id;
    // What cannot be taken back ends by itself in a few seconds.
    if (id !== undefined) await this.#parts.board.withdraw(id).catch(() => undefined);
  }

  /** This instance as it is now, and the others as they told last. */
  async seen(): Promise<SeenInstances> {
    const { board, look, clock } = this.#parts;
    const own = this.#own ?? (await look());
    try {
      const since = clock.now() - believedMs;
      const told = (await board.all()).flatMap((text) => readInstanceStatus(text) ?? []);
      const others = told.filter(({ id, at }) => id !== own.id && at >= since);
      return { instances: [own, ...others], fault: null };
    } catch (error) {
      return { instances: [own], fault: toError(error).message };
    }
  }

  async #tell(): Promise<void> {
    const { look, board, logger } = this.#parts;
    try {
      this.#own = await look();
      await board.publish(this.#own.id, JSON.stringify(this.#own), believedMs);
      if (this.#fault !== null) logger.info({}, 'Other instances see this one again');
      this.#fault = null;
    } catch (thrown) {
      const { message } = toError(thrown);
      if (this.#fault === null) logger.info({ reason: message }, 'Other instances do not see this one');
      this.#fault = message;
    }
  }
}
