import { describe, expect, it } from 'vitest';
import { groupMessages } from '../../../src/adapters/kafka/group-messages.ts';

const partition = { partitionErrorCode: 0, partitionId: 0, leader: 1, replicas: [], isr: [] };
const byOwn = ({ message }: { readonly message: { readonly partition?: number } }): number => message.partition ?? 0;

describe('messages by partition', () => {
  it('stay in their order', () => {
    const messages = [0, 1, 0, 2, 1].map((number, index) => ({ partition: number, value: String(index) }));
    const grouped = groupMessages({ topic: 't', partitionMetadata: [partition], messages, partitioner: byOwn });
    expect(Object.entries(grouped).map(([key, list]) => [key, list.map(({ value }) => value)])).toEqual([
      ['0', ['0', '2']],
      ['1', ['1', '4']],
      ['2', ['3']],
    ]);
  });

  it('are none where nothing is known of the topic', () => {
    const messages = [{ value: 'a' }];
    expect(groupMessages({ topic: 't', partitionMetadata: [], messages, partitioner: byOwn })).toEqual({});
  });
});
