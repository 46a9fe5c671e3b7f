import { describe, expect, it } from 'vitest';
import { type Chain, follow, type Link } from '../../src/audit/chain.ts';

const link = (sequence: number, points: number, balance_after: number, type: Link['type'] = 'earn'): Link => ({
  ...{ sequence, points, balance_after, type },
});

/** What is told of each entry, in order. */
const told = (links: readonly Link[], mayBeginLate = false): readonly (string | null)[] => {
  let chain: Chain | undefined;
  return links.map((each) => {
    const step = follow(chain, each, mayBeginLate);
    chain = step.chain;
    return step.fault;
  });
};

describe('an account that is followed entry by entry', () => {
  it('is right when sequences go on by one and every balance is the sum', () => {
    const entries = [link(1, 10, 10), link(2, 4, 6, 'spend'), link(3, 0, 6, 'spend'), link(4, 5, 11, 'bonus')];
    expect(told([...entries, link(5, 1, 10, 'expire')])).toEqual([null, null, null, null, null]);
  });

  it('may owe points: whether that is allowed is the merchant’s business', () => {
    expect(told([link(1, 10, -10, 'spend'), link(2, 3, -7)])).toEqual([null, null]);
  });

  it('names what is missing, and judges what follows by itself', () => {
    expect(told([link(1, 10, 10), link(3, 5, 25), link(4, 1, 26)])).toEqual([null, 'sequence 2 is missing', null]);
    expect(told([link(1, 1, 1), link(5, 1, 9)])).toEqual([null, 'sequences 2 to 4 are missing']);
    expect(told([link(3, 1, 9), link(4, 1, 10)])).toEqual(['sequences 1 to 2 are missing', null]);
  });

  it('names a sequence that comes twice, and goes on from the first', () => {
    expect(told([link(1, 10, 10), link(1, 10, 20), link(2, 5, 15)])).toEqual([null, 'sequence 1 comes twice', null]);
  });

  it('names a balance that is not the sum, once', () => {
    expect(told([link(1, 10, 10), link(2, 5, 16), link(3, 1, 17)])).toEqual([
      null,
      'balance_after of sequence 2 is 16, but 10 + 5 makes 15',
      null,
    ]);
    expect(told([link(1, 10, 10), link(2, 4, 7, 'spend')])[1]).toBe(
      'balance_after of sequence 2 is 7, but 10 - 4 makes 6',
    );
    expect(told([link(1, 10, 11)])).toEqual(['balance_after of sequence 1 is 11, but 0 + 10 makes 10']);
  });

  it('may begin late where older entries are gone by rule', () => {
    expect(told([link(3, 1, 9), link(4, 1, 10)], true)).toEqual([null, null]);
    expect(told([link(1, 1, 2)], true)).toEqual(['balance_after of sequence 1 is 2, but 0 + 1 makes 1']);
  });

  it('takes no entry of fewer points than none', () => {
    expect(told([link(1, 10, 10), link(2, -4, 6)])[1]).not.toBeNull();
  });
});
