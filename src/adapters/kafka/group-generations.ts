import type { Assigner, ConsumerGroupJoinEvent, PartitionAssigner } from 'kafkajs';

/** What a consumer tells when its group has taken it in, here also of which generation of the group it is a member. */
export type JoinedGroup = ConsumerGroupJoinEvent['payload'] & { readonly generationId: number };

interface RejoiningAssigner extends Assigner {
  readonly beforeRejoin: () => Promise<void>;
}

/**
 * Has `beforeRejoin` awaited before the consumer with this assigner asks its group to take it in again. Assigners are the
 * one thing of ours that reaches a consumer's part in its group, also after a crash, when kafkajs makes that part anew.
 */
export const announceRejoins =
  (assigner: PartitionAssigner, beforeRejoin: () => Promise<void>): PartitionAssigner =>
  (config) => {
    const announcing: RejoiningAssigner = { ...assigner(config), beforeRejoin };
    return announcing;
  };

interface Emitter {
  emit(eventName: string, payload?: object): void;
}

interface GroupOptions {
  readonly groupId: string;
  readonly assigners: readonly Partial<RejoiningAssigner>[];
  readonly instrumentationEmitter: Emitter;
}

/** kafkajs' part of a consumer that is a member of the group: what is of use here. */
export interface ConsumerGroup {
  readonly memberId: string | null;
  readonly generationId: number | null;
  readonly logger: { debug(message: string, fields: object): void };
  [method: symbol]: () => Promise<void>;
}

export type ConsumerGroupClass = new (options: GroupOptions) => ConsumerGroup;

/** Description of the private method that sends JoinGroup, once a call. */
export const joinMethod = 'private:ConsumerGroup:join';

const groupJoin = 'consumer.group_join';

/**
 * A member that tells its generation when it has joined, and awaits `beforeRejoin` of its assigners before it joins again:
 * the broker ends a generation only when each of its members has joined again, or was silent for too long.
 * No heartbeat is sent meanwhile, as kafkajs sends them between fetches only; the one that told of the rebalance was the
 * last, so there is nearly all of a session left.
 * @param join the method that `joinMethod` describes: joining is repeated inside of the public one
 */
export function withGenerations(Base: ConsumerGroupClass, join: symbol): ConsumerGroupClass {
  return class extends Base {
    readonly #beforeRejoin: readonly (() => Promise<void>)[];

    constructor(options: GroupOptions) {
      const { assigners, instrumentationEmitter } = options;
      const emitter: Emitter = {
        emit: (eventName, payload) => {
          const { generationId } = this;
          instrumentationEmitter.emit(eventName, eventName === groupJoin ? { ...payload, generationId } : payload);
        },
      };
      super({ ...options, instrumentationEmitter: emitter });
      this.#beforeRejoin = assigners.flatMap(({ beforeRejoin }) => beforeRejoin ?? []);
    }

    async [join](): Promise<void> {
      // Without an id it is new to the group, or was taken out: nobody waits for it, and nothing that it has left to
      // finish would be accepted.
      if (this.memberId !== null) await this.#announce();
      await super[join]?.();
    }

    async #announce(): Promise<void> {
      try {
        await Promise.all(this.#beforeRejoin.map((announce) => announce()));
      } catch (error) {
        // Joining all the same only means that what was not finished is refused.
        this.logger.debug('Rejoining before everything was finished', { error: String(error) });
      }
    }
  };
}
