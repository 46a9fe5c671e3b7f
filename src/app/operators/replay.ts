import { setTimeout as sleep } from 'node:timers/promises';
import { createGroupOffsets, offsetsSince } from '../../adapters/kafka/index.ts';
import { systemClock, stopwatch } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { randomId } from '../../common/new-id.ts';
import { topics } from '../../contracts/index.ts';
import {
  createPace,
  dryRun,
  ReplayInvalidError,
  type ReplayJob,
  type ReplaySource,
  replaySources,
  resumedJob,
  runReplay,
  type Selection,
  type SourceRange,
  type Tally,
} from '../../replay/index.ts';
import type { Config } from '../config.ts';
import { openTransport, type Transport } from '../transport.ts';
import { connectOperatorKafka, type OperatorKafka } from './operator-kafka.ts';
import { recordAction } from './record-action.ts';
import { waitFor } from '../wait-for.ts';

export interface ReplayRequest {
  readonly from: ReplaySource;
  readonly selection: Selection;
  /** Only these of the source; all of it where there are none. */
  readonly offsets: readonly SourceRange[];
}

export interface RunOptions {
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
  readonly onCopied: (records: number) => void;
}

/** Replays on real servers. */
export interface ReplayTool {
  /** Settles what is copied, up to what is there now. @throws ReplayInvalidError */
  plan(request: ReplayRequest): Promise<ReplayJob>;
  /** What is left of a run. @throws ReplayInvalidError where nothing is known of it */
  resume(id: string): Promise<ReplayJob>;
  dryRun(job: ReplayJob, signal: AbortSignal): Promise<Tally>;
  /** Copies, and puts on record that it begins and what came of it. @returns how many records were copied */
  run(job: ReplayJob, records: number, options: RunOptions): Promise<number>;
  close(): Promise<void>;
}

/** A broker that restarts is back sooner. */
const outageMs = 60_000;

export interface OpenReplayOptions {
  /** Who acts, as audit_log tells it; that of the settings by default. */
  readonly actor?: string;
  /** Of the process, where it has one; its own by default. */
  readonly transport?: Transport;
}

/** @throws DependencyUnavailableError when Kafka does not answer */
export async function openReplay(
  config: Config<'replay'>,
  logger: Logger,
  { actor = config.actor, transport = openTransport(config, { logger }) }: OpenReplayOptions = {},
): Promise<ReplayTool> {
  const kafka = await connectOperatorKafka(config, logger, transport);
  const groupOf = (id: string): string => `${config.applicationId}-replay-${id}`;
  const partitionsOf = (from: ReplaySource): Promise<number> => commonPartitions(kafka, from);

  const record = (job: ReplayJob, detail: string): Promise<string> =>
    recordAction(
      { ...config, transport, logger, clock: systemClock, newId: randomId },
      {
        ...{ name: 'points.replay', actor, detail: `${detail} ${describe(job)}`, correlationId: job.id },
        ...(job.selection.merchantId !== null && { merchantId: job.selection.merchantId }),
      },
    );

  return {
    async plan({ from, selection, offsets }) {
      const partitions = await partitionsOf(from);
      const wrong = offsets.find(({ partition }) => partition >= partitions);
      if (wrong !== undefined) throw new ReplayInvalidError(`${from} has no partition ${String(wrong.partition)}`);
      const { sinceMs } = selection;
      const since =
        sinceMs === null ? new Map<number, number>() : await offsetsSince(kafka.createClient(), from, sinceMs);
      const ranges: SourceRange[] = [];
      for (let partition = 0; partition < partitions; partition += 1) {
        const { low, high } = await kafka.admin.offsets({ topic: from, partition });
        const asked = offsets.filter((range) => range.partition === partition);
        if (offsets.length > 0 && asked.length === 0) continue;
        const first = Math.max(low, since.get(partition) ?? low);
        const begin = Math.max(first, Math.min(...asked.map((range) => range.from), Number.POSITIVE_INFINITY));
        const end = Math.min(high, Math.max(...asked.map((range) => range.to), 0));
        ranges.push(asked.length === 0 ? { partition, from: first, to: high } : { partition, from: begin, to: end });
      }
      return { id: randomId(), from, selection, ranges };
    },
    async resume(id) {
      for (const from of replaySources) {
        const partitions = await partitionsOf(from);
        const kept = await Promise.all(
          Array.from({ length: partitions }, (_, partition) =>
            kafka.admin.committedOffset(groupOf(id), { topic: from, partition }),
          ),
        );
        const known = kept.filter((offset) => offset !== undefined);
        if (known.length > 0) return resumedJob(id, from, known);
      }
      return resumedJob(id, topics.ingest.name, []);
    },
    async dryRun(job, signal) {
      return dryRun(job, { source: kafka.admin, partitions: await partitionsOf(job.from), signal });
    },
    async run(job, records, { ratePerSecond, signal, onCopied }) {
      const partitions = await partitionsOf(job.from);
      const waiting = { logger, signal, timeoutMs: outageMs };
      const producer = kafka.createProducer();
      const progress = createGroupOffsets(kafka.createClient(), groupOf(job.id));
      await record(job, `begin id=${job.id} records=${String(records)}`);
      let copied = 0;
      try {
        await Promise.all([producer.connect(), progress.connect()]);
        await runReplay(job, {
          ...{ source: kafka.admin, partitions, signal },
          target: { send: (send) => waitFor('Kafka', () => producer.send(send), waiting) },
          progress: {
            keep: (places) => {
              const offsets = places.map((place) => ({ topic: job.from, ...place }));
              return waitFor('Kafka', () => progress.commit(offsets), waiting);
            },
          },
          pace: createPace({ ratePerSecond, clock: stopwatch, sleep: (ms) => pause(ms, signal) }),
          onCopied: (more) => {
            copied += more;
            onCopied(more);
          },
        });
      } finally {
        await Promise.allSettled([producer.close(), progress.close()]);
      }
      await record(job, `end id=${job.id} copied=${String(copied)}`);
      return copied;
    },
    close: () => kafka.close(),
  };
}

/** Ends early where the signal ends it: whoever waits looks at the signal next. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/** A copy goes to the partition its record stood in, so both topics must have the same number. */
async function commonPartitions({ admin }: OperatorKafka, from: ReplaySource): Promise<number> {
  const counts = await admin.partitionCounts([from, topics.replay.name]);
  const [source, target] = [counts.get(from), counts.get(topics.replay.name)];
  if (source !== undefined && source === target) return source;
  throw new ReplayInvalidError(
    `${from} has ${String(source ?? 0)} partitions and ${topics.replay.name} ${String(target ?? 0)}: run points setup`,
  );
}

/** For the record; what a filter leaves open is not told. */
function describe({ from, selection, ranges }: ReplayJob): string {
  const { errors, merchantId, sinceMs, untilMs, retryable } = selection;
  const offsets = ranges.map(({ partition, from: first, to }) => `${String(partition)}:${String(first)}-${String(to)}`);
  const parts = [
    `from=${from}`,
    errors.length > 0 && `errors=${errors.join(',')}`,
    merchantId !== null && `merchant=${merchantId}`,
    sinceMs !== null && `since=${new Date(sinceMs).toISOString()}`,
    untilMs !== null && `until=${new Date(untilMs).toISOString()}`,
    retryable && 'retryable',
    `offsets=${offsets.join(',')}`,
  ];
  // Many partitions make a long line, and a record holds 1,000 characters.
  return parts
    .filter((part) => part !== false)
    .join(' ')
    .slice(0, 800);
}
