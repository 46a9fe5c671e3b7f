import { createHash } from 'node:crypto';
import { TopologyError } from '../errors.ts';
import { addProcessor } from '../kstream.ts';
import type { NewRecord, StreamRecord } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { KeyValueStore, StoreDefinition } from '../state/store.ts';
import { parseWindowedKeyByEnd, windowedKeyByEnd, windowsEnding } from '../state/windowed-key.ts';
import type { Change } from '../table/change.ts';
import type { TableParts } from '../table/ktable.ts';
import { keyOfStoreKey, storeKeyOf } from '../table/materialized.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';
import { processBatch } from '../operators/process-batch.ts';
import { bufferSerde, type Emitted, emittedKey, type HeldResult } from './suppress-buffer.ts';
import type { Suppressed } from './suppressed.ts';
import type { Windowed } from './time-windows.ts';

type Buffered = HeldResult | Emitted;

/** As far as the keys of windows reach; a stream time beyond it closes all of them. */
const latestEnd = 10 ** 15 - 2;

interface SuppressOptions<K, V> {
  readonly store: StoreDefinition<Buffered>;
  readonly keySerde: Serde<Windowed<K>>;
  readonly valueSerde: Serde<V>;
  readonly graceMs: number;
}

/**
 * Adds the node that holds results back until their window closes. Its store has no expiry: a result stays until it is
 * emitted, in the same transaction that deletes it.
 * @throws TopologyError where the table is not of windows, or it is not known how its values are written
 */
export function suppressedTable<K, V>(
  parts: TableParts<Windowed<K>, V>,
  suppressed: Suppressed<V>,
): TableParts<Windowed<K>, V> {
  const { nodes, node, keySerde, windows } = parts;
  const valueSerde = suppressed.valueSerde ?? parts.valueSerde;
  if (windows === undefined) {
    throw new TopologyError(nodes.topology, [
      `suppress behind ${node}: only the tables of windowedBy know when their windows close`,
    ]);
  }
  if (valueSerde === undefined) {
    throw new TopologyError(nodes.topology, [
      `suppress behind ${node} does not know how values are written: give it untilWindowCloses({ valueSerde })`,
    ]);
  }
  const name = suppressed.name ?? nodes.nextName('KTABLE-SUPPRESS');
  const storeName =
    suppressed.name === undefined ? nodes.nextName('KTABLE-SUPPRESS-STATE-STORE') : `${suppressed.name}-store`;
  const store: StoreDefinition<Buffered> = { name: storeName, valueSerde: bufferSerde(valueSerde) };
  const { graceMs } = windows;
  return {
    ...parts,
    ...{ node: addProcessor(nodes, [node], suppress(name, { store, keySerde, valueSerde, graceMs })), valueSerde },
    view: {
      // What the table of windows holds is not final, and of what was final it forgets what is old.
      get store(): never {
        throw new TopologyError(nodes.topology, [`table ${name} cannot be joined: its results are emitted, not kept`]);
      },
      valueOf: () => undefined,
    },
  };
}

const suppress = <K, V>(
  name: string,
  options: SuppressOptions<K, V>,
): Processor<Windowed<K>, Change<V>, Windowed<K>, Change<V>> =>
  processBatch<Windowed<K>, Change<V>, Windowed<K>, Change<V>>(name, {
    stores: [options.store],
    create: (context) => {
      const buffer = context.store(options.store);
      // Whenever the stream time has moved: a window may close at any millisecond.
      context.schedule(1, 'STREAM_TIME', (streamTime) => emitClosed(name, options, { context, buffer, streamTime }));
      return async (records) => {
        await buffer.load([emittedKey]);
        for (const record of records) hold(options, { context, buffer, record });
        return [];
      };
    },
  });

function hold<K, V>(
  { keySerde, valueSerde }: SuppressOptions<K, V>,
  at: {
    readonly context: Pick<ProcessorContext, 'fail'>;
    readonly buffer: KeyValueStore<Buffered>;
    readonly record: StreamRecord<Windowed<K>, Change<V>>;
  },
): void {
  const { context, buffer, record } = at;
  const { key, timestamp, headers } = record;
  const { newValue } = record.value;
  try {
    const { end } = key.window;
    const heldAt = windowedKeyByEnd(end, storeKeyOf(keySerde, key));
    // A key that was deleted before its window closed has no result.
    if (newValue === undefined) buffer.delete(heldAt);
    else buffer.put(heldAt, { kind: 'result', timestamp, headers, bytes: valueSerde.serialize(newValue) });
    // The stream time was set back, with the group's offsets maybe.
    if (end <= emittedUpTo(buffer)) buffer.delete(emittedKey);
  } catch (error) {
    context.fail(record, error);
  }
}

/** Results of the windows that have closed, in the order of their ends and then of their keys. */
async function emitClosed<K, V>(
  node: string,
  { keySerde, valueSerde, graceMs }: SuppressOptions<K, V>,
  at: {
    readonly context: Pick<ProcessorContext, 'partition'>;
    readonly buffer: KeyValueStore<Buffered>;
    readonly streamTime: number;
  },
): Promise<readonly NewRecord<Windowed<K>, Change<V>>[]> {
  const { context, buffer, streamTime } = at;
  const upTo = Math.min(Math.floor(streamTime - graceMs), latestEnd);
  if (upTo < 0) return [];
  await buffer.load([emittedKey]);
  // Not from the very beginning: a disk store would look through everything that was deleted there.
  const due = await buffer.range(windowsEnding(emittedUpTo(buffer) + 1, upTo + 1));
  const results = due.flatMap(([heldAt, held]): NewRecord<Windowed<K>, Change<V>>[] => {
    if (held.kind !== 'result') return [];
    buffer.delete(heldAt);
    const { timestamp, headers, bytes } = held;
    const key = keyOfStoreKey(keySerde, parseWindowedKeyByEnd(heldAt).key);
    const value: Change<V> = { newValue: valueSerde.deserialize(bytes), oldValue: undefined };
    const source = {
      ...{ topic: node, partition: context.partition, offset: idOf(heldAt), timestamp, headers },
      ...{ key: keySerde.serialize(key), value: bytes },
    };
    return [{ key, value, timestamp, headers, source }];
  });
  if (results.length > 0) buffer.put(emittedKey, { kind: 'emitted', upTo });
  return results;
}

const emittedUpTo = (buffer: KeyValueStore<Buffered>): number => {
  const emitted = buffer.get(emittedKey);
  return emitted?.kind === 'emitted' ? emitted.upTo : -1;
};

/**
 * Tells a result from others where one of them fails: by what it is, as its place among them changes when the batch is
 * run again without a record that failed.
 */
const idOf = (heldAt: string): number => createHash('sha1').update(heldAt).digest().readUIntBE(0, 6);
