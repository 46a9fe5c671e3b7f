import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka, kafkajsClientSupplier } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

describe('a consumer whose broker is away', () => {
  it('joins again when it is back, however long that takes, and reads on', async () => {
    const servers = await startPrivateServers(onTestFinished, { roles: ['kafka'] });
    const { brokers } = servers.addresses;
    const topic = `away-${randomUUID()}`;
    const kafka = createKafka({ brokers, clientId: 'away-test', logger: silentLogger });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();

    const supplier = kafkajsClientSupplier({
      ...{ brokers, clientId: 'away-test', logger: silentLogger, replicationFactor: 1 },
    });
    const crashes: { readonly name: string; readonly restarts: boolean }[] = [];
    const read: string[] = [];
    let joins = 0;
    const consumer = supplier.consumer({
      groupId: topic,
      topics: [topic],
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      maxWaitMs: 50,
      gatherMs: 0,
      listener: {
        onAssigned: () => void (joins += 1),
        onFetched: ({ records }) => void read.push(...records.map(({ value }) => String(value))),
        onFetch: () => undefined,
        onHeartbeat: () => undefined,
        onCrash: ({ name }, restarts) => void crashes.push({ name, restarts }),
      },
    });
    onTestFinished(() => consumer.stop());
    await consumer.start();

    const producer = supplier.producer();
    const record = (value: string) => ({
      ...{ key: Buffer.from('key'), value: Buffer.from(value), timestamp: Date.now(), headers: {} },
    });
    await producer.connect();
    await producer.send({ topic, partition: 0, records: [record('before')] });
    await producer.close();
    await until('the first record was read', () => read.includes('before'), 10_000);

    const [broker] = servers.handles.kafka ?? [];
    await broker?.stop();
    await sleep(15_000);
    await broker?.restart();
    const again = supplier.producer();
    await again.connect();
    onTestFinished(() => again.close());
    await again.send({ topic, partition: 0, records: [record('after')] });
    await until('the record after the outage was read', () => read.includes('after'), 30_000);
    expect(joins).toBeGreaterThan(1);
    expect(crashes.filter(({ restarts }) => !restarts)).toEqual([]);
  }, 120_000);
});
