import { describe, expect, it } from 'vitest';
import { deadLetterOf, failure } from '../../../src/streams/runtime/failures.ts';
import { AwayError, BadError, consumed } from '../harness.ts';

const source = consumed(Buffer.from([0, 1, 2, 255]), {
  topic: 'points.ingest',
  offset: 42,
  key: 'merchant',
  timestamp: 1_700_000_000_000,
  headers: { correlation_id: Buffer.from('c-1') },
});

describe('a dead letter', () => {
  it('is the record as it came, and tells why and where from in its headers', () => {
    const error = new BadError('Order is in EUR');
    error.stack = 'BadError: Order is in EUR\n    at decide';
    expect(deadLetterOf(failure('processing', 'decide', source, error), 3)).toEqual({
      key: Buffer.from('merchant'),
      value: Buffer.from([0, 1, 2, 255]),
      timestamp: 1_700_000_000_000,
      headers: {
        correlation_id: Buffer.from('c-1'),
        '__streams.errors.exception': 'BadError',
        '__streams.errors.code': 'BAD',
        '__streams.errors.message': 'Order is in EUR',
        '__streams.errors.stacktrace': 'BadError: Order is in EUR\n    at decide',
        '__streams.errors.stage': 'processing',
        '__streams.errors.node': 'decide',
        '__streams.errors.topic': 'points.ingest',
        '__streams.errors.partition': '0',
        '__streams.errors.offset': '42',
        '__streams.errors.timestamp': '1700000000000',
        '__streams.errors.attempts': '3',
        '__streams.errors.retryable': 'false',
      },
    });
  });

  it('says when a retry can help, and has the code INTERNAL for what is not ours', () => {
    const away = deadLetterOf(failure('processing', 'decide', source, new AwayError('Away')), 4);
    expect(away.headers['__streams.errors.retryable']).toBe('true');
    const foreign = deadLetterOf(failure('processing', 'decide', source, 'a string'), 1);
    expect(foreign.headers['__streams.errors.code']).toBe('INTERNAL');
    expect(foreign.headers['__streams.errors.message']).toBe('a string');
  });

  it('keeps a long stack to 4,000 characters', () => {
    const error = new BadError('Deep');
    error.stack = 'x'.repeat(100_000);
    const letter = deadLetterOf(failure('processing', 'decide', source, error), 1);
    expect(letter.headers['__streams.errors.stacktrace']).toHaveLength(4_000);
  });

  it('that failed once more tells of its newest failure', () => {
    const first = deadLetterOf(failure('processing', 'decide', source, new BadError('First')), 1);
    const again = { ...source, headers: first.headers };
    const second = deadLetterOf(failure('processing', 'decide', again, new BadError('Second')), 1);
    expect(second.headers['__streams.errors.message']).toBe('Second');
    expect(second.headers['correlation_id']).toEqual(Buffer.from('c-1'));
  });
});
