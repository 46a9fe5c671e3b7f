import { type BatchProducer, type RecordBatch, writeBatch } from '../record-batch.ts';
import { byTopic, type ProtocolCall, protocolCall } from './api.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface ProduceRequest {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** One a partition. */
  readonly batches: readonly BatchToProduce[];
}

export interface BatchToProduce {
  readonly topic: string;
  readonly partition: number;
  readonly batch: RecordBatch;
  readonly producer: BatchProducer;
}

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** The offset of the batch's first record. */
  readonly baseOffset: number;
}

const allInSyncReplicas = -1;
/** More than the other fields of a request, of a topic and of a partition take. */
const framingBytes = 32;

/** The last version without compact fields, which no broker in use is too old for. */
export const produce = (asked: ProduceRequest): ProtocolCall<readonly ProducedPartition[]> =>
  protocolCall({ apiKey: 0, apiVersion: 7, apiName: 'Produce', encode: () => encode(asked).payload() }, decode);

function encode({ transactionalId, timeoutMs, batches }: ProduceRequest): Writer {
  const size = batches.reduce((sum, { topic, batch }) => sum + topic.length * 4 + framingBytes + batch.size, 0);
  const writer = new Writer(size + transactionalId.length * 4 + framingBytes);
  return writer
    .string(transactionalId)
    .int16(allInSyncReplicas)
    .int32(timeoutMs)
    .array(byTopic(batches), ([topic, partitions]) => {
      writer.string(topic).array(partitions, ({ partition, batch, producer }) => {
        writer.int32(partition).int32(batch.size);
        writer.reserve(batch.size, (buf, at) => writeBatch(buf, at, batch, producer));
      });
    });
}

function decode(payload: Buffer): { throttleTimeMs: number; answer: readonly ProducedPartition[] } {
  const reader = new Reader(payload);
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = Number(reader.int64());
      // When it was appended, and the partition's first offset.
      reader.skip(8 + 8);
      return { topic, partition, errorCode, baseOffset };
    });
  });
  return { throttleTimeMs: reader.int32(), answer: topics.flat() };
}
