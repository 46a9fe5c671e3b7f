import { createRequire } from 'node:module';
import path from 'node:path';
import { crc32c } from '@node-rs/crc32';
import type * as Kafkajs from 'kafkajs';
import { PointsError } from '../../common/errors.ts';
import { type DecodedBatch, withEnd } from './batch-ends.ts';
import { type AbortedTransaction, committedOnly, type FetchedMessage } from './committed-only.ts';
import { type FetchingGroupClass, withGatheredFetches } from './gathered-fetches.ts';
import { type ConsumerGroupClass, joinMethod, withGenerations } from './group-generations.ts';
import { groupMessages } from './group-messages.ts';
import { encodeRecord } from './record-encoder.ts';
import { requestFrame } from './request-frame.ts';

/** kafkajs is not the one whose inside was looked at. */
export class UnsupportedClientError extends PointsError {
  readonly code = 'UNSUPPORTED_CLIENT';
}

/** The only version whose inside this was written for. */
const knownVersion = '2.2.4';

const require = createRequire(import.meta.url);
const home = path.dirname(require.resolve('kafkajs/package.json'));

/** Takes out of memory whatever holds on to a module, however it came to it: loaded again, it finds the new one. */
function evictUsersOf(file: string): void {
  const inside = Object.values(require.cache).filter((module) => module?.filename.startsWith(home + path.sep) === true);
  const evicted = new Set([file]);
  for (let before = 0; before < evicted.size; ) {
    before = evicted.size;
    for (const module of inside) {
      if (module?.children.some(({ filename }) => evicted.has(filename)) === true) evicted.add(module.filename);
    }
  }
  evicted.delete(file);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the cache is no Map
  for (const filename of evicted) delete require.cache[filename];
}

function replace<Part>(id: string, by: (before: Part) => Part): void {
  const file = require.resolve(id);
  const before = require(file) as Part;
  const module = require.cache[file];
  if (module === undefined || typeof before !== 'function') {
    throw new UnsupportedClientError('kafkajs is not built as it was', { facts: { file: id } });
  }
  evictUsersOf(file);
  module.exports = by(before);
}

type Decode = (decoder: unknown) => Promise<DecodedBatch>;
type Filter = (fetched: {
  readonly messages: readonly FetchedMessage[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
}) => readonly FetchedMessage[];

function load(): typeof Kafkajs {
  const { version } = require('kafkajs/package.json') as { readonly version: string };
  if (version !== knownVersion) {
    throw new UnsupportedClientError('kafkajs was corrected for another version', { facts: { version, knownVersion } });
  }
  replace<Filter>(
    'kafkajs/src/consumer/filterAbortedMessages',
    () =>
      ({ messages, abortedTransactions }) =>
        committedOnly(messages, abortedTransactions ?? []),
  );
  replace<Decode>('kafkajs/src/protocol/recordBatch/v0/decoder', (decode) => async (decoder) => {
    return withEnd(await decode(decoder));
  });
  replace<typeof encodeRecord>('kafkajs/src/protocol/recordBatch/record/v0', () => encodeRecord);
  replace<typeof groupMessages>('kafkajs/src/producer/groupMessagesPerPartition', () => groupMessages);
  replace<(buffer: Buffer) => number>('kafkajs/src/protocol/recordBatch/crc32C', () => crc32c);
  replace<typeof requestFrame>('kafkajs/src/protocol/request', () => requestFrame);
  replace<ConsumerGroupClass & FetchingGroupClass>('kafkajs/src/consumer/consumerGroup', (Group) =>
    withGatheredFetches(withGenerations(Group, joinOf(Group)) as typeof Group),
  );
  const loaded = require('kafkajs') as typeof Kafkajs;
  assertCorrected();
  assertAnnouncing(loaded);
  return loaded;
}

function joinOf(Group: ConsumerGroupClass): symbol {
  const { prototype } = Group as { readonly prototype: object };
  const join = Object.getOwnPropertySymbols(prototype).find(({ description }) => description === joinMethod);
  if (join === undefined) throw new UnsupportedClientError('kafkajs joins its groups in another way');
  return join;
}

type BatchClass = new (
  topic: string,
  fetchedOffset: string,
  data: {
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly FetchedMessage[];
    readonly abortedTransactions: readonly AbortedTransaction[];
  },
) => { readonly messages: readonly FetchedMessage[] };

/** Whether what kafkajs' consumers are made of takes our filter: by what stock kafkajs lets through, an aborted record. */
function assertCorrected(): void {
  const Batch = require('kafkajs/src/consumer/batch') as BatchClass;
  const record = (offset: string, producerId: string): FetchedMessage => ({
    ...{ offset, key: null, isControlRecord: false, batchContext: { producerId, inTransaction: true } },
  });
  const { messages } = new Batch('', '0', {
    partition: 0,
    highWatermark: '2',
    messages: [record('0', 'a'), record('1', 'b')],
    abortedTransactions: [
      { producerId: 'b', firstOffset: '1' },
      { producerId: 'a', firstOffset: '0' },
    ],
  });
  if (messages.length > 0) throw new UnsupportedClientError('kafkajs does not take the corrected filter');
}

/** Whether consumers take our part in their group: it looks into its assigners as soon as it is made. */
function assertAnnouncing({ Kafka, logLevel }: typeof Kafkajs): void {
  let looks = 0;
  const assigner = {
    get beforeRejoin() {
      looks += 1;
      return undefined;
    },
  } as unknown as Kafkajs.Assigner;
  // It never learns of a broker, so it connects to none.
  const kafka = new Kafka({ brokers: () => new Promise(() => undefined), logLevel: logLevel.NOTHING });
  void kafka.consumer({ groupId: '-', partitionAssigners: [() => assigner] }).run();
  if (looks === 0) throw new UnsupportedClientError('kafkajs does not take the corrected consumer group');
}

/**
 * kafkajs with what is wrong in it put right: which records `read_committed` shows, and how far a compacted batch goes; and
 * what is slow in it done faster, with the same bytes: encoding records, their checksums, grouping them by partition, framing
 * requests; and a group's generation told, as well as that the group is about to be joined again.
 * Whoever reads with it takes it from here; its types are those of the package.
 */
export const kafkajs = load();

interface ErrorCodes {
  readonly errorCodes: { type: string; code: number; retriable: boolean; message: string }[];
  readonly createErrorFromCode: (code: number) => Error;
}

const { errorCodes, createErrorFromCode } = require('kafkajs/src/protocol/error') as ErrorCodes;
// The first of the codes that are younger than kafkajs which we tell from others.
errorCodes.push({ type: 'PRODUCER_FENCED', code: 90, retriable: false, message: 'A newer producer of this id exists' });

/** What a broker says with a code other than 0, as kafkajs would throw it. */
export const protocolError = createErrorFromCode;
