import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kafkajs } from '../../../src/adapters/kafka/kafkajs.ts';
import { partitionOf, partitionOfKey } from '../../../src/adapters/kafka/key-partitions.ts';

describe('partitionOfKey', () => {
  // From Kafka's own Java client 4.1.0: BuiltInPartitioner.partitionForKey(bytes, 4) and (bytes, 12).
  it.each([
    ['6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11', 2, 10],
    ['0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b22', 0, 0],
    ['11111111-1111-1111-1111-111111111111', 3, 3],
    ['a9f1c2d3-0000-4000-8000-000000000002', 3, 3],
    ['a9f1c2d3-0000-4000-8000-000000000003', 2, 6],
    ['a9f1c2d3-0000-4000-8000-000000000004', 0, 8],
    ['a9f1c2d3-0000-4000-8000-000000000005', 1, 1],
    ['foobar', 2, 6],
    ['abc', 3, 3],
  ])('puts %s where a Java client does', (key, ofFour, ofTwelve) => {
    expect([partitionOfKey(key, 4), partitionOfKey(key, 12)]).toStrictEqual([ofFour, ofTwelve]);
  });
});

describe('partitionOf', () => {
  it('puts any bytes where kafkajs does', () => {
    const partitioner = kafkajs.Partitioners.DefaultPartitioner();
    const metadata = Array.from({ length: 24 }, (_, partitionId) => ({
      ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] },
    }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 24 }), (bytes, partitions) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = metadata.slice(0, partitions);
        const theirs = partitioner({ topic: '', partitionMetadata, message: { key, value: null } });
        expect(partitionOf(key, partitions)).toBe(theirs);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is always the same one without a key', () => {
    expect([partitionOf(null, 1), partitionOf(null, 12)]).toEqual([0, 0]);
  });
});
