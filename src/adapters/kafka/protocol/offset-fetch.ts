import type { TopicPartition } from '../../../streams/ports.ts';
import { type ProtocolCall, protocolCall } from './api.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface FetchedOffset {
  /** Of the group, or else of the partition. */
  readonly errorCode: number;
  /** -1 where nothing was committed. */
  readonly offset: number;
  readonly metadata: string | null;
}

/**
 * The first version that can ask for a stable offset (KIP-447): where an open transaction holds another one, the
 * coordinator says so instead of telling the one before it.
 */
export const stableOffsetFetch = (groupId: string, partition: TopicPartition): ProtocolCall<FetchedOffset> =>
  protocolCall(
    { apiKey: 9, apiVersion: 7, apiName: 'OffsetFetch', encode: () => encode(groupId, partition).payload() },
    decode,
  );

const requireStable = 1;

function encode(groupId: string, { topic, partition }: TopicPartition): Writer {
  const writer = new Writer();
  return (
    writer
      // Of the header of a flexible version, which kafkajs does not write.
      .noTags()
      .compactString(groupId)
      .compactArray([topic], (name) => {
        writer
          .compactString(name)
          .compactArray([partition], (index) => writer.int32(index))
          .noTags();
      })
      .int8(requireStable)
      .noTags()
  );
}

function decode(payload: Buffer): { throttleTimeMs: number; answer: FetchedOffset } {
  const reader = new Reader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const topics = reader.compactArray(() => {
    reader.compactString();
    const partitions = reader.compactArray(() => {
      reader.int32();
      const offset = Number(reader.int64());
      // The epoch of the leader it was read from.
      reader.int32();
      const metadata = reader.compactString();
      const errorCode = reader.int16();
      reader.skipTags();
      return { errorCode, offset, metadata };
    });
    reader.skipTags();
    return partitions;
  });
  const ofGroup = reader.int16();
  const [found = { errorCode: 0, offset: -1, metadata: null }] = topics.flat();
  return { throttleTimeMs, answer: ofGroup === 0 ? found : { ...found, errorCode: ofGroup } };
}
