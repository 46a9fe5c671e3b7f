import { randomBytes } from 'node:crypto';
import kafkajs, { type Message } from 'kafkajs';
import { type IngestCommand, topics } from '../../src/contracts/index.ts';
import { partitions } from './sizes.ts';
import type { World } from './world.ts';

/** A stretch of a partition: offsets [from, to). */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Orders that lie in points.ingest, all of them, and that no reader of committed records may see yet. */
export interface Backlog {
  /** Lets all of them be seen at once. @returns the moment, by `performance.now()` */
  release(): Promise<number>;
  /** Where they lie, and behind them the transaction's marker. */
  readonly stretches: readonly Stretch[];
}

const recordsPerSend = 1_000;

/** Which part of the orders is on a trace, as ingress would have it: 0-1, none by default. */
const traced = Number(process.env['POINTS_BENCH_TRACED'] ?? 0);

const traceHeader = (): { readonly traceparent?: string } =>
  Math.random() < traced
    ? { traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01` }
    : {};

/** A record as ingress sends it. */
const messageOf = (command: IngestCommand, value: Buffer, partition: number): Message => ({
  key: command.merchant_id,
  value,
  partition,
  headers: { correlation_id: command.correlation_id, schema_version: command.schema_version, ...traceHeader() },
});

/**
 * Writes the orders in one transaction and leaves it open: so a running, warm service meets the whole backlog at one
 * known moment, and no start-up is in the figures.
 */
export async function layBacklog(world: World, commands: readonly IngestCommand[]): Promise<Backlog> {
  const topic = topics.ingest.name;
  const partitionOf = new Map(world.merchants.map(({ merchantId, partition }) => [merchantId, partition]));
  const messages: Message[][] = Array.from({ length: partitions }, () => []);
  for (const command of commands) {
    const partition = partitionOf.get(command.merchant_id) ?? 0;
    messages[partition]?.push(messageOf(command, world.serdes.ingest.serialize(command), partition));
  }
  const producer = world.kafka.producer({
    transactionalId: `${world.applicationId}-backlog`,
    transactionTimeout: 120_000,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  const stretches: Stretch[] = [];
  for (const [partition, ofPartition] of messages.entries()) {
    let from = -1;
    for (let at = 0; at < ofPartition.length; at += recordsPerSend) {
      const batch = ofPartition.slice(at, at + recordsPerSend);
      const [answer] = await transaction.send({ topic, acks: -1, messages: batch });
      if (from < 0) from = Number(answer?.baseOffset ?? 0);
    }
    if (from >= 0) stretches.push({ partition, from, to: from + ofPartition.length });
  }
  return {
    stretches,
    async release() {
      await transaction.commit();
      const at = performance.now();
      await producer.disconnect();
      return at;
    },
  };
}
