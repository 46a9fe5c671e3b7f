import type { StreamRecord } from '../record.ts';
import type { ProcessorContext } from '../topology/nodes.ts';
import type { Window } from './time-windows.ts';

/**
 * Told of a record that came after a window it belongs to had closed; it is not counted there, and where windows overlap
 * may be counted in others. Told again where the record's micro-batch is run again.
 * @param streamTime when the record was read, in milliseconds since the epoch
 */
export type LateRecordHook<K, V> = (record: StreamRecord<K, V>, window: Window, streamTime: number) => void;

/** What an operator does with late records: the hook, one log line a task, and their number at its end. */
export function lateRecords<K, V>(
  context: Pick<ProcessorContext, 'logger' | 'onClose'>,
  node: string,
  onLate: LateRecordHook<K, V> | undefined,
): LateRecordHook<K, V> {
  let late = 0;
  context.onClose(() => {
    if (late > 0) context.logger.debug({ node, late }, 'Records came too late for their windows');
  });
  return (record, window, streamTime) => {
    const { topic, partition, offset } = record.source;
    const where = { node, topic, partition, offset, timestamp: record.timestamp };
    if (late === 0) {
      const facts = { ...where, window_start: window.start, window_end: window.end, stream_time: streamTime };
      context.logger.debug(facts, 'A record came too late for its window');
    }
    late += 1;
    onLate?.(record, window, streamTime);
  };
}
