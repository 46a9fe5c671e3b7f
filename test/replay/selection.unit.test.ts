import { describe, expect, it } from 'vitest';
import { copyOf } from '../../src/replay/copy.ts';
import { everything, judge, type Selection } from '../../src/replay/selection.ts';
import { command, deadLetter, merchant, otherMerchant } from './records.ts';

const selecting = (selection: Partial<Selection>): Selection => ({ ...everything, ...selection });
const ofLetter = (selection: Partial<Selection>, letter = deadLetter()): string =>
  judge('points.dlq', selecting(selection), letter, 4).is;

describe('what a replay does with a record', () => {
  it('copies a command to its own partition, and a dead letter to that of its source', () => {
    expect(judge('points.ingest', everything, command(), 4)).toEqual({
      ...{ is: 'copied', partition: 1, merchantId: merchant, code: null },
    });
    expect(judge('points.dlq', everything, deadLetter(), 4)).toEqual({
      ...{ is: 'copied', partition: 2, merchantId: merchant, code: 'UNKNOWN_MERCHANT' },
    });
    const again = deadLetter({}, { topic: 'points.replay', partition: '0' });
    expect(judge('points.dlq', everything, again, 4)).toMatchObject({ is: 'copied', partition: 0 });
  });

  it('selects by error, merchant, time and whether a retry helps', () => {
    expect(ofLetter({ errors: ['INTERNAL', 'UNKNOWN_MERCHANT'] })).toBe('copied');
    expect(ofLetter({ errors: ['INTERNAL'] })).toBe('not selected');
    expect(ofLetter({ merchantId: merchant })).toBe('copied');
    expect(ofLetter({ merchantId: otherMerchant })).toBe('not selected');
    expect(ofLetter({ sinceMs: 2_000, untilMs: 2_001 })).toBe('copied');
    expect(ofLetter({ sinceMs: 2_001 })).toBe('not selected');
    expect(ofLetter({ untilMs: 2_000 })).toBe('not selected');
    expect(ofLetter({ retryable: true })).toBe('not selected');
    expect(ofLetter({ retryable: true }, deadLetter({}, { retryable: 'true' }))).toBe('copied');
    const early = judge('points.ingest', selecting({ untilMs: 1_000 }), command(), 4);
    expect(early.is).toBe('not selected');
  });

  it.each([
    ['came from audit_log', deadLetter({}, { topic: 'audit_log' })],
    ['no source in its headers', deadLetter({}, { topic: undefined })],
    ['its source partition 4 does not exist', deadLetter({}, { partition: '4' })],
    ['has no value: there is no command in it', deadLetter({ value: null })],
  ])('skips what cannot be replayed, and says why: %s', (why, letter) => {
    expect(judge('points.dlq', everything, letter, 4)).toMatchObject({ is: 'skipped', why });
  });

  it('skips a tombstone of points.ingest, and copies bytes that nobody can read as they are', () => {
    expect(judge('points.ingest', everything, command({ value: null }), 4).is).toBe('skipped');
    const odd = command({ key: null, value: Buffer.from('rubbish') });
    expect(judge('points.ingest', everything, odd, 4)).toMatchObject({ is: 'copied', merchantId: null });
  });
});

describe('a copy', () => {
  it('has key and value byte for byte, the headers it came with, and where it is from', () => {
    const letter = deadLetter({}, { code: 'INTERNAL' });
    const copy = copyOf(letter, 'replay-1');
    expect(copy.key).toBe(letter.key);
    expect(copy.value).toBe(letter.value);
    expect(copy.headers).toEqual({
      ...{ correlation_id: 'c-1', 'points.replay.id': 'replay-1', 'points.replay.from': 'points.dlq/0/3' },
    });
  });

  it('of a copy names the newest replay, and keeps headers that stand there twice', () => {
    const headers = { trace: [Buffer.from('a'), Buffer.from('b')], 'points.replay.id': Buffer.from('old') };
    const copy = copyOf(command({ headers, key: null, value: Buffer.alloc(0) }), 'new');
    expect(copy).toMatchObject({ key: null, value: Buffer.alloc(0), headers: { trace: headers.trace } });
    expect(copy.headers['points.replay.id']).toBe('new');
  });
});
