import { describe, expect, it } from 'vitest';
import { withEnd } from '../../../src/adapters/kafka/batch-ends.ts';

const batchOf = (firstOffset: number, lastOffsetDelta: number, offsets: readonly number[]) => ({
  ...{ firstOffset: String(firstOffset), lastOffsetDelta },
  records: offsets.map((offset) => ({ offset: String(offset) })),
});

describe('a record batch', () => {
  it('is left as it is where its last record is there', () => {
    expect(withEnd(batchOf(10, 2, [10, 12]))).toEqual(batchOf(10, 2, [10, 12]));
  });

  it.each([
    ['has lost its last records', [10, 11]],
    ['has lost all of them', []],
  ])('that %s to compaction still tells where it ends, by a record that is shown to nobody', (_, offsets) => {
    const { records } = withEnd(batchOf(10, 5, offsets));
    expect(records.slice(0, -1)).toEqual(batchOf(10, 5, offsets).records);
    expect(records.at(-1)).toMatchObject({ offset: '15', isControlRecord: true, key: null });
  });
});
