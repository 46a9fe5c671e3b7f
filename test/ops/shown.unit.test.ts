import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/audit/index.ts';
import { createProgress } from '../../src/ops/progress.ts';
import { countLines, shownTime, table } from '../../src/ops/table.ts';
import { reportLines } from '../../src/ops/verify.ts';

/** What is written in the course of two seconds, a hundred records every tenth of one. */
const shown = (isTTY: boolean): readonly string[] => {
  let now = 0;
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => written.push(text) };
  const progress = createProgress({ total: 2_000, out, now: () => now });
  for (let tick = 0; tick < 20; tick += 1) {
    now += 100;
    progress.advance(100);
  }
  progress.end();
  return written;
};

describe('progress', () => {
  it('is a bar that is drawn again on a terminal, not at every step', () => {
    const written = shown(true);
    expect(written.length).toBeLessThan(14);
    expect(written[0]).toContain('100/2000  5 %  1000/s  2 s left');
    expect(written.at(-2)).toBe(`\r[${'#'.repeat(30)}] 2000/2000  100 %  1000/s  0 s left\u001B[K`);
    expect(written.at(-1)).toBe('\n');
  });

  it('is a line now and then elsewhere, and one at the end', () => {
    const written = shown(false);
    expect(written).toHaveLength(2);
    expect(written[1]).toBe('points: 2000/2000  100 %  1000/s  0 s left\n');
  });
});

describe('what is shown', () => {
  it('stands in columns', () => {
    expect(
      table(
        ['PLACE', 'ERROR'],
        [
          ['2/117', 'INTERNAL'],
          ['10/1', ''],
        ],
      ),
    ).toBe('PLACE  ERROR\n2/117  INTERNAL\n10/1\n');
    expect(shownTime(1_500)).toBe('1970-01-01T00:00:01Z');
  });

  it('tells the commonest of many', () => {
    const counts = new Map([
      ['few', 1],
      ['many', 20],
      ['some', 5],
    ]);
    expect(countLines(counts, 2)).toEqual(['         20  many', '          5  some', '  and 1 more']);
  });
});

describe('a report', () => {
  const right: VerifyReport = {
    ...{ accounts: 2, entries: 5, ledgerEntries: 5, redemptions: 1, cached: 2, points: 40, begunBefore: 0 },
    ...{ faults: 0, firstFaults: [] },
  };

  it('says that the books are right, and what of them could not be rebuilt', () => {
    expect(reportLines(right).at(-1)).toBe('The books are right');
    expect(reportLines({ ...right, begunBefore: 1 })[1]).toMatch(
      /^1 accounts are older than what audit_log still holds/,
    );
  });

  it('names the first wrong account first', () => {
    const fault = { merchantId: 'm', customerId: 'c', place: 'cache', what: 'it is wrong' } as const;
    const lines = reportLines({ ...right, faults: 30, firstFaults: Array.from({ length: 30 }, () => fault) });
    expect(lines[1]).toBe('The books are WRONG: 30 faults. The first wrong account:');
    expect(lines[2]).toBe('  merchant m, customer c: cache: it is wrong');
    expect(lines.at(-1)).toBe('  and 10 more');
    const one = reportLines({ ...right, faults: 1, firstFaults: [{ ...fault, customerId: null }] });
    expect(one.slice(1)).toEqual([
      'The books are WRONG: 1 fault. The first wrong account:',
      '  merchant m: cache: it is wrong',
    ]);
  });
});
