import { randomUUID } from 'node:crypto';
import { createKafka } from '../../src/adapters/kafka/index.ts';
import type { RedisConnection } from '../../src/adapters/redis/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type IngestCommand, type Outcome, outcomeKey } from '../../src/contracts/index.ts';
import type { OnEnd } from './mongo-database.ts';

/** Stands for the topologies: reads points.ingest, and tells outcomes as the contract has it. */
export interface Decider {
  /** Everything that was published, repeats too. */
  readonly commands: readonly IngestCommand[];
  /** Decides each event once; undefined leaves it undecided. */
  decide: (command: IngestCommand) => Outcome | undefined;
  tell(outcome: Outcome): Promise<void>;
}

export interface DeciderOptions {
  readonly brokers: string[];
  readonly registry: string;
  /** Looked up for each outcome, so that a test may have it away. */
  readonly redis: RedisConnection;
  readonly onEnd: OnEnd;
}

const dayInSeconds = 24 * 60 * 60;

export const startDecider = async (options: DeciderOptions): Promise<Decider> => {
  const { brokers, registry, redis, onEnd } = options;
  const serde = await createRegistry({ url: registry }).serde('points.ingest', 'IngestCommand');
  const kafka = createKafka({ brokers, clientId: 'decider', logger: silentLogger });
  const consumer = kafka.consumer({ groupId: `decider-${randomUUID()}` });
  onEnd(() => consumer.disconnect());
  const commands: IngestCommand[] = [];
  const seen = new Set<string>();
  const tell = async (outcome: Outcome): Promise<void> => {
    const key = outcomeKey(outcome.merchant_id, outcome.event_id);
    const text = JSON.stringify(outcome);
    await redis.client.set(key, text, 'EX', dayInSeconds);
    await redis.client.publish(key, text);
  };
  const decider: Decider = { commands, decide: () => undefined, tell };
  await consumer.connect();
  await consumer.subscribe({ topic: 'points.ingest', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { value } }) => {
      if (value === null) return;
      await serde.prepare?.([value]);
      const command = serde.deserialize(value);
      commands.push(command);
      const id = `${command.merchant_id}:${command.event_id}`;
      if (seen.has(id)) return;
      seen.add(id);
      const outcome = decider.decide(command);
      // Whoever waits finds it otherwise while Redis is away.
      if (outcome !== undefined) await tell(outcome).catch(() => undefined);
    },
  });
  return decider;
};
