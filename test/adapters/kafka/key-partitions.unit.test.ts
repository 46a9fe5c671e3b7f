import { describe, expect, it } from 'vitest';
import { partitionOfKey } from '../../../src/adapters/kafka/key-partitions.ts';

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
