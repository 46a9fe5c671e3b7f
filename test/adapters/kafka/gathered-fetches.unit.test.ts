import type { Assigner, PartitionAssigner } from 'kafkajs';
import { expect, it } from 'vitest';
import {
  type FetchingGroup,
  gatherFetches,
  withGatheredFetches,
} from '../../../src/adapters/kafka/gathered-fetches.ts';

const assigner: PartitionAssigner = () => ({ name: 'Any' }) as Assigner;

/** kafkajs' part in a group, as far as ours stands on it: what each fetch asked for, and what it is answered with. */
class Stock implements FetchingGroup {
  minBytes = 1;
  maxWaitTime = 200;
  readonly asked: string[] = [];
  readonly answers: (number | Error)[] = [];
  readonly assigners: readonly Assigner[];

  constructor(options: { readonly assigners: readonly Assigner[] }) {
    this.assigners = options.assigners;
  }

  fetch(nodeId: string): Promise<readonly { readonly rawMessages: readonly unknown[] }[]> {
    this.asked.push(`${nodeId}: ${String(this.minBytes)} within ${String(this.maxWaitTime)}`);
    const answer = this.answers.shift() ?? 0;
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve([{ rawMessages: [] }, { rawMessages: Array.from({ length: answer }) }]);
  }
}

const groupOf = (gatherMs: number | null) => {
  const made = gatherMs === null ? assigner : gatherFetches(assigner, gatherMs);
  const Group = withGatheredFetches(Stock);
  return new Group({ assigners: [made(undefined as never)] });
};

it('fetches gather records while they keep coming, and are answered at the first after a pause', async () => {
  const group = groupOf(5);
  group.answers.push(3, 1, 0, 2);
  for (let count = 0; count < 5; count += 1) await group.fetch('1');
  expect(group.asked).toEqual([
    '1: 1 within 200',
    '1: 65536 within 5',
    '1: 65536 within 5',
    '1: 1 within 200',
    '1: 65536 within 5',
  ]);
});

it('fetches from one broker do not gather because there is much at another', async () => {
  const group = groupOf(5);
  group.answers.push(3, 0);
  for (const nodeId of ['1', '2', '2', '1']) await group.fetch(nodeId);
  expect(group.asked.slice(1)).toEqual(['2: 1 within 200', '2: 1 within 200', '1: 65536 within 5']);
});

it('a fetch that fails changes nothing', async () => {
  const group = groupOf(5);
  group.answers.push(3, new Error('Away'));
  await group.fetch('1');
  await expect(group.fetch('1')).rejects.toThrow('Away');
  await group.fetch('1');
  expect(group.asked.at(-1)).toBe('1: 65536 within 5');
});

it.each([0, null])('fetches are those of kafkajs where nothing is to gather (%s)', async (gatherMs) => {
  const group = groupOf(gatherMs);
  group.answers.push(3, 3);
  for (let count = 0; count < 3; count += 1) await group.fetch('1');
  expect(new Set(group.asked)).toEqual(new Set(['1: 1 within 200']));
});
