import type { Assigner, PartitionAssigner } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import {
  announceRejoins,
  type ConsumerGroup,
  type ConsumerGroupClass,
  withGenerations,
} from '../../../src/adapters/kafka/group-generations.ts';

type Options = ConstructorParameters<ConsumerGroupClass>[0];

const join = Symbol('join');
const assigner: PartitionAssigner = () => ({ name: 'Any' }) as Assigner;

/** kafkajs' part in a group, as far as ours stands on it. */
class Stock implements ConsumerGroup {
  memberId: string | null = null;
  generationId: number | null = null;
  readonly logger = { debug: vi.fn() };
  readonly joins = vi.fn();
  readonly #emitter: Options['instrumentationEmitter'];
  [method: symbol]: () => Promise<void>;

  constructor(options: Options) {
    this.#emitter = options.instrumentationEmitter;
  }

  emit(eventName: string, payload?: object): void {
    this.#emitter.emit(eventName, payload);
  }

  [join](): Promise<void> {
    this.joins();
    return Promise.resolve();
  }
}

const groupOf = (made: Assigner) => {
  const emit = vi.fn();
  const Group = withGenerations(Stock, join) as typeof Stock;
  return { group: new Group({ groupId: 'g', assigners: [made], instrumentationEmitter: { emit } }), emit };
};

const rig = (beforeRejoin: () => Promise<void>) => {
  const { group, emit } = groupOf(announceRejoins(assigner, beforeRejoin)(undefined as never));
  return { group, emit, join: () => group[join]() };
};

describe('a member of a group', () => {
  it('tells its generation when it has joined, and adds nothing to what else it tells', () => {
    const { group, emit } = rig(() => Promise.resolve());
    group.generationId = 7;
    group.emit('consumer.group_join', { memberId: 'me' });
    group.emit('consumer.heartbeat', { memberId: 'me' });
    group.emit('consumer.connect');
    expect(emit.mock.calls).toEqual([
      ['consumer.group_join', { memberId: 'me', generationId: 7 }],
      ['consumer.heartbeat', { memberId: 'me' }],
      ['consumer.connect', undefined],
    ]);
  });

  it('announces nothing while the group does not know it', async () => {
    const beforeRejoin = vi.fn(() => Promise.resolve());
    const { group, join } = rig(beforeRejoin);
    await join();
    expect(group.joins).toHaveBeenCalledTimes(1);
    expect(beforeRejoin).not.toHaveBeenCalled();
  });

  it('joins again only when what it announced that to has finished', async () => {
    const finished = Promise.withResolvers<undefined>();
    const { group, join } = rig(() => finished.promise);
    group.memberId = 'me';
    const joining = join();
    await new Promise(setImmediate);
    expect(group.joins).not.toHaveBeenCalled();
    finished.resolve(undefined);
    await joining;
    expect(group.joins).toHaveBeenCalledTimes(1);
  });

  it('announces every try', async () => {
    const beforeRejoin = vi.fn(() => Promise.resolve());
    const { group, join } = rig(beforeRejoin);
    group.memberId = 'me';
    await join();
    await join();
    expect(beforeRejoin).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('Not finished'))],
    [
      'throws',
      () => {
        throw new Error('Not finished');
      },
    ],
  ])('joins all the same where what it announced that to %s', async (_how, beforeRejoin) => {
    const { group, join } = rig(beforeRejoin);
    group.memberId = 'me';
    await join();
    expect(group.joins).toHaveBeenCalledTimes(1);
    expect(group.logger.debug).toHaveBeenCalledTimes(1);
  });

  it('takes assigners that want to know of nothing', async () => {
    const { group } = groupOf(assigner(undefined as never));
    group.memberId = 'me';
    await group[join]();
    expect(group.joins).toHaveBeenCalledTimes(1);
  });
});
