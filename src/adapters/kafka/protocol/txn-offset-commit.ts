import type { GroupMembership, PartitionOffset } from '../../../streams/ports.ts';
import { byTopic, type ProtocolCall, protocolCall } from './api.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly membership: GroupMembership;
  readonly offsets: readonly PartitionOffset[];
}

/** Where no leader's epoch is told: the broker does not look at it. */
const unknownEpoch = -1;

/**
 * The first version that tells who commits (KIP-447): the coordinator takes offsets of no member of another generation.
 * @returns the first error code that is not 0, or 0
 */
export const txnOffsetCommit = (asked: TxnOffsetCommitRequest): ProtocolCall<number> =>
  protocolCall(
    { apiKey: 28, apiVersion: 3, apiName: 'TxnOffsetCommit', encode: () => encode(asked).payload() },
    decode,
  );

function encode({ transactionalId, producerId, producerEpoch, membership, offsets }: TxnOffsetCommitRequest): Writer {
  const writer = new Writer();
  return (
    writer
      // Of the header of a flexible version, which kafkajs does not write.
      .noTags()
      .compactString(transactionalId)
      .compactString(membership.groupId)
      .int64(producerId)
      .int16(producerEpoch)
      .int32(membership.generationId)
      .compactString(membership.memberId)
      // Members here are dynamic.
      .compactString(null)
      .compactArray(byTopic(offsets), ([topic, partitions]) => {
        writer
          .compactString(topic)
          .compactArray(partitions, ({ partition, offset, metadata }) => {
            writer.int32(partition).int64(BigInt(offset)).int32(unknownEpoch);
            writer.compactString(metadata ?? null).noTags();
          })
          .noTags();
      })
      .noTags()
  );
}

function decode(payload: Buffer): { throttleTimeMs: number; answer: number } {
  const reader = new Reader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const topics = reader.compactArray(() => {
    reader.compactString();
    const codes = reader.compactArray(() => {
      reader.int32();
      const errorCode = reader.int16();
      reader.skipTags();
      return errorCode;
    });
    reader.skipTags();
    return codes;
  });
  return { throttleTimeMs, answer: topics.flat().find((errorCode) => errorCode !== 0) ?? 0 };
}
