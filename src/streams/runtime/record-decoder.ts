import { DeserializationError } from '../errors.ts';
import type { ConsumedRecord, StreamRecord } from '../record.ts';
import type { SourceNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { failure, type RecordFailure } from './failures.ts';
import type { DecodedRecord } from './graph.ts';

/** Makes records of bytes, each by the source node that reads its topic. */
export class RecordDecoder {
  readonly #sources: ReadonlyMap<string, SourceNode>;

  constructor(topology: Topology) {
    this.#sources = new Map(topology.sources().flatMap((node) => node.topics.map((topic) => [topic, node] as const)));
  }

  /** @throws what a serde rejects with that needs the network to read them */
  async decode(
    records: readonly ConsumedRecord[],
  ): Promise<{ readonly decoded: DecodedRecord[]; readonly unreadable: RecordFailure[] }> {
    for (const node of new Set(this.#sources.values())) {
      if (node.valueSerde.prepare === undefined) continue;
      const mine = records.filter(({ topic }) => node.topics.includes(topic));
      await node.valueSerde.prepare(mine.map(({ value }) => value));
    }
    const decoded: DecodedRecord[] = [];
    const unreadable: RecordFailure[] = [];
    for (const source of records) {
      const node = this.#sources.get(source.topic);
      if (node === undefined) continue;
      try {
        decoded.push({ node: node.name, record: recordOf(node, source) });
      } catch (error) {
        unreadable.push(failure('deserialization', node.name, source, error));
      }
    }
    return { decoded, unreadable };
  }
}

function recordOf(node: SourceNode, source: ConsumedRecord): StreamRecord<unknown, unknown> {
  const { timestamp, headers } = source;
  if (source.value === null && node.nullValues !== 'tombstone') {
    throw new DeserializationError('The record has no value');
  }
  const key = source.key === null ? null : node.keySerde.deserialize(source.key);
  const value = source.value === null ? null : node.valueSerde.deserialize(source.value);
  const record = { key, value, timestamp, headers, source };
  if (node.timestampOf === undefined) return record;
  return { ...record, timestamp: node.timestampOf(record) };
}
