import type { Logger } from '../../common/logger.ts';
import { isRetryable } from '../../common/errors.ts';
import { RecordRefusedError } from '../errors.ts';
import type { ConsumedRecord } from '../record.ts';
import type { StoreChange } from '../state/store.ts';
import { storeKeyOf } from '../table/materialized.ts';
import type { GlobalTableNode } from '../topology/nodes.ts';
import { type ExceptionHandler, failure, type RecordFailure } from './failures.ts';

export interface GlobalRecordsParts {
  readonly node: GlobalTableNode;
  /** Of records that cannot be read. There is no transaction here that a dead letter could go with. */
  readonly handler: ExceptionHandler;
  readonly logger: Logger;
  readonly onFailure: (failure: RecordFailure) => void;
}

/**
 * What records of a global table's topic change in its store: the newest value of every key, nothing where it is a
 * deletion. A record without a key belongs to no entry and is dropped.
 * @throws RecordRefusedError where the exception handler answered FAIL
 * @throws what a serde rejects with that needs the network to read them
 */
export async function globalChanges(
  { node, handler, logger, onFailure }: GlobalRecordsParts,
  records: readonly ConsumedRecord[],
): Promise<readonly StoreChange[]> {
  await node.store.valueSerde.prepare?.(records.map(({ value }) => value));
  const changes: StoreChange[] = [];
  for (const record of records) {
    const { topic, partition, offset } = record;
    const where = { node: node.name, topic, partition, offset };
    if (record.key === null) {
      logger.warn(where, 'A record of a global table has no key and is dropped');
      continue;
    }
    try {
      changes.push(changeOf(node, record.key, record.value));
    } catch (thrown) {
      if (isRetryable(thrown)) throw thrown;
      const unreadable = failure('deserialization', node.name, record, thrown);
      if (handler(unreadable) === 'FAIL') {
        throw new RecordRefusedError('An exception handler answered FAIL', { cause: thrown, facts: where });
      }
      logger.warn({ ...where, err: unreadable.error }, 'A record of a global table cannot be read and is left out');
      onFailure(unreadable);
    }
  }
  return changes;
}

/** The bytes are read here, so that a join never meets what nobody can read. */
function changeOf({ keySerde, store }: GlobalTableNode, key: Buffer, value: Buffer | null): StoreChange {
  const storeKey = storeKeyOf(keySerde, keySerde.deserialize(key));
  if (value !== null) store.valueSerde.deserialize(value);
  return { store: store.name, key: storeKey, value, expiresAt: null };
}
