/**
 * Publishes orders at a fixed rate through the publisher that ingress uses, whatever becomes of them. Each is published
 * when it is due; one that is late because this process, Kafka or anything else was slow is charged from when it was due.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCommandPublisher, createKafka, type KafkaCommandPublisher } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { topics } from '../../src/contracts/index.ts';
import { answerParent } from '../rig/child.ts';
import { type BenchCustomer, type ExpectedAccount, OrderBook } from '../rig/orders.ts';
import { percentiles, type Percentiles } from '../rig/percentiles.ts';
import { customerOf, dueAt, monotonicMs, type Schedule } from '../rig/schedule.ts';

export interface SenderSetUp {
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly customers: readonly BenchCustomer[];
  readonly seed: number;
  /** Orders made before, so that no order is made twice. */
  readonly ordersBefore: number;
  readonly expected: readonly (readonly [string, ExpectedAccount])[];
}

export interface SendAnswer {
  /** From when an order was due to the broker's acknowledgement, in milliseconds. */
  readonly acknowledged: Percentiles;
  /** Orders that were not acknowledged in time. */
  readonly failed: number;
  readonly orders: number;
  readonly expected: readonly (readonly [string, ExpectedAccount])[];
}

let publisher: KafkaCommandPublisher;
let book: OrderBook;
let customers: readonly BenchCustomer[];

async function setUp(setup: SenderSetUp): Promise<void> {
  const serde = await createRegistry({ url: setup.registry }).serde(topics.ingest.name, topics.ingest.record);
  const kafka = createKafka({ brokers: setup.brokers, clientId: 'bench-sender', logger: silentLogger });
  publisher = createCommandPublisher({
    ...{ kafka, topic: topics.ingest.name, logger: silentLogger, clock: systemClock },
    encode: (command) => serde.serialize(command),
    // Nobody gives up here: what takes long is to be seen.
    deadlineMs: 60_000,
    maxPending: 1_000_000,
  });
  await publisher.connect();
  book = new OrderBook(setup.seed, { orders: setup.ordersBefore, expected: setup.expected });
  customers = setup.customers;
}

async function send(schedule: Schedule): Promise<SendAnswer> {
  const latencies = new Float64Array(schedule.orders);
  let answered = 0;
  let failed = 0;
  const publish = async (order: number): Promise<void> => {
    const customer = customers[customerOf(schedule, order)]!;
    try {
      await publisher.publish(book.orderOf(customer, Date.now()));
      latencies[answered] = monotonicMs() - dueAt(schedule, order);
      answered += 1;
    } catch {
      failed += 1;
    }
  };
  for (let order = 0; order < schedule.orders || answered + failed < schedule.orders; ) {
    const now = monotonicMs();
    for (; order < schedule.orders && dueAt(schedule, order) <= now; order += 1) void publish(order);
    await sleep(1);
  }
  const acknowledged = percentiles(latencies.subarray(0, answered));
  return { acknowledged, failed, orders: book.orders, expected: [...book.expected] };
}

answerParent(async (question: SenderSetUp | Schedule) => ('brokers' in question ? setUp(question) : send(question)));
