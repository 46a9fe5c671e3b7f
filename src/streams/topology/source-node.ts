import type { Consumed } from '../consumed.ts';
import type { SourceNode } from './nodes.ts';

/** The source of some topics; `nullValues` says what a record without a value is. */
export const sourceNode = <K, V>(
  name: string,
  topics: readonly string[],
  { keySerde, valueSerde, timestampOf }: Omit<Consumed<K, V>, 'name'>,
  nullValues: SourceNode['nullValues'] = 'refuse',
): SourceNode => ({
  ...{ kind: 'source', name, topics, keySerde, valueSerde, nullValues },
  // The record is what these serdes have made.
  ...(timestampOf === undefined ? {} : { timestampOf: timestampOf as NonNullable<SourceNode['timestampOf']> }),
});
