import type { ConsumedRecord, ProducedRecord } from '../streams/ports.ts';
import { errorHeaderPrefix, replayHeaders } from './headers.ts';

/**
 * A record as points.replay gets it: key and value byte for byte, with the headers it came with. What the engine wrote
 * about its death is left out, since that is about another record's fate; which run copied it, and from where, is added.
 */
export function copyOf(record: ConsumedRecord, replayId: string): ProducedRecord {
  const { key, value, timestamp, topic, partition, offset } = record;
  const own = Object.entries(record.headers).filter(([name]) => !name.startsWith(errorHeaderPrefix));
  const from = `${topic}/${String(partition)}/${String(offset)}`;
  return {
    ...{ key, value, timestamp },
    headers: { ...Object.fromEntries(own), [replayHeaders.id]: replayId, [replayHeaders.from]: from },
  };
}
