import type { Logger } from '../../common/logger.ts';
import type { StreamAdmin } from '../ports.ts';
import type { ConsumedRecord, TopicPartition } from '../record.ts';
import type { LocalState, StoreChange, StoreDefinition } from '../state/store.ts';

/** `<application>-<topology>-<store>-changelog`, as Kafka Streams names it. */
export const changelogTopic = (applicationId: string, topology: string, store: string): string =>
  `${applicationId}-${topology}-${store}-changelog`;

/** `<application>-<topology>-<name>-repartition`, as Kafka Streams names it. */
export const repartitionTopicName = (applicationId: string, topology: string, name: string): string =>
  `${applicationId}-${topology}-${name}`;

export interface RestoreOptions {
  readonly admin: StreamAdmin;
  readonly local: LocalState;
  readonly store: StoreDefinition;
  readonly changelog: TopicPartition;
  readonly logger: Logger;
  /** Ends the restoring early: the checkpoint tells the next one where to go on. */
  readonly signal: AbortSignal;
  /** How far restoring is, for whoever watches: records read, and the offset reached of the offset wanted. */
  readonly onProgress: (position: number, end: number) => void;
}

/**
 * Brings a store from its checkpoint to the end of its changelog, a fetch at a time, each written atomically with its
 * new checkpoint: a crash in between goes on from there. Must run after the committed offset was read, from when on no old
 * owner can commit. The end is that of all records, committed or not: a transaction whose offsets are committed already may
 * still be on its way into the changelog, and reading waits for it there.
 * @returns the number of records applied; undefined where the local store is ahead of the changelog and must be rebuilt
 */
export async function restoreStore(options: RestoreOptions): Promise<number | undefined> {
  const { admin, local, store, changelog, logger, signal, onProgress } = options;
  const [{ low }, high] = await Promise.all([admin.offsets(changelog), admin.endOffset(changelog)]);
  const checkpoint = (await local.checkpoints()).get(changelog.topic) ?? 0;
  if (checkpoint > high) return undefined;
  const from = Math.max(low, checkpoint);
  if (from >= high) return 0;

  logger.info({ store: store.name, from, to: high }, 'Restoring a state store from its changelog');
  let applied = 0;
  await admin.read(changelog, { from, to: high, signal }, async (records, position) => {
    // Only what expires is looked into; a value may have been written with an older schema.
    if (store.expiry !== undefined) await store.valueSerde.prepare?.(records.map(({ value }) => value));
    const changes = records.map((record) => changeOf(store, record));
    await local.apply(changes, new Map([[changelog.topic, position]]), 0);
    applied += changes.length;
    onProgress(position, high);
  });
  logger.info({ store: store.name, records: applied }, 'The state store is restored');
  return applied;
}

function changeOf(store: StoreDefinition, record: ConsumedRecord): StoreChange {
  const { key, value } = record;
  const expiresAt =
    value === null || store.expiry === undefined ? null : store.expiry.expiresAt(store.valueSerde.deserialize(value));
  return { store: store.name, key: key?.toString('utf8') ?? '', value, expiresAt };
}
