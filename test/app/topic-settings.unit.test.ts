import { expect, test } from 'vitest';
import { assertPartitions, topicToCreate } from '../../src/app/topic-settings.ts';
import { topics } from '../../src/contracts/index.ts';

test('A topic is created as the contract has it', () => {
  expect(topicToCreate(topics.ingest, 4)).toEqual({
    name: 'points.ingest',
    partitions: 4,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
      'message.timestamp.type': 'LogAppendTime',
    },
  });
  expect(topicToCreate(topics.deadLetters, 4)).toEqual({
    name: 'points.dlq',
    partitions: 4,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': '1209600000',
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '4194304',
    },
  });
  expect(topicToCreate(topics.balances, 12)).toEqual({
    name: 'points.balances',
    partitions: 12,
    config: { 'cleanup.policy': 'compact' },
  });
});

test('Topics that are absent or fit pass, and all that do not fit are named', () => {
  expect(() =>
    assertPartitions(
      new Map([
        ['a', 4],
        ['b', undefined],
      ]),
      4,
    ),
  ).not.toThrow();
  const found = new Map([
    ['a', 4],
    ['b', 3],
    ['c', undefined],
    ['d', 12],
  ]);
  expect(() => assertPartitions(found, 4)).toThrow(
    'Topics have another number of partitions than POINTS_PARTITIONS=4: b has 3, d has 12; set it to theirs, or delete the topics',
  );
});
