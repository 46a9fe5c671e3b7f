import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../src/replay/advice.ts';
import { readDeadLetter } from '../../src/replay/dead-letter.ts';
import { failure, deadLetterOf } from '../../src/streams/runtime/failures.ts';
import { command, deadLetter, merchant } from './records.ts';

describe('a dead letter', () => {
  it('is explained by what the engine writes beside it', () => {
    const died = deadLetterOf(failure('processing', 'decide', command(), new TypeError('x is undefined')), 3);
    expect(readDeadLetter({ ...command(), ...died, topic: 'points.dlq' })).toMatchObject({
      ...{ merchantId: merchant, code: 'INTERNAL', error: 'TypeError', message: 'x is undefined', attempts: 3 },
      ...{ stage: 'processing', node: 'decide', retryable: false },
      source: { topic: 'points.ingest', partition: 1, offset: 7, timestamp: 1_000 },
    });
  });

  it('tells as unknown what its headers leave out or garble', () => {
    const letter = readDeadLetter(command({ topic: 'points.dlq', headers: {}, key: null }));
    expect(letter).toMatchObject({ code: 'UNKNOWN', error: 'unknown', source: null, merchantId: null, attempts: 1 });
    expect(readDeadLetter(deadLetter({}, { partition: '-1' })).source).toBeNull();
    expect(readDeadLetter(deadLetter({}, { offset: undefined })).source).toBeNull();
    expect(readDeadLetter(deadLetter({}, { timestamp: 'noon' })).source).toMatchObject({ timestamp: null });
    expect(readDeadLetter(deadLetter({ key: Buffer.from(`${merchant}:rest`) })).merchantId).toBe(merchant);
    expect(readDeadLetter(deadLetter({ key: Buffer.from('campaign-7') })).merchantId).toBeNull();
  });

  it.each([
    ['UNKNOWN_MERCHANT', {}, /Add it .*then replay it: points replay --from points\.dlq/],
    ['DEPENDENCY_UNAVAILABLE', { retryable: 'true' }, /back, then replay it: .* --retryable/],
    ['SOMETHING_NEW', {}, /Mend the cause, then replay it/],
    ['SOMETHING_NEW', { retryable: 'true' }, /passed by itself/],
    ['LEDGER_REFUSED', { topic: 'audit_log' }, /no command.*back to the record's offset.*safe to repeat/],
    ['UNKNOWN_TIER', { topic: 'vip_tier.assigned' }, /its sender has to send it again/],
    ['INTERNAL', { topic: undefined }, /do not say where it stood/],
  ])('says what to do about %s', (code, headers, advice) => {
    expect(adviceFor(readDeadLetter(deadLetter({}, { code, ...headers })))).toMatch(advice);
  });
});
