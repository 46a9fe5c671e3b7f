/**
 * Writes a store's whole content to its changelog, as if the topology had put it there. One process a store, as kafkajs
 * encodes some ten thousand records in a tenth of a second, and there are millions.
 */
import kafkajs, { type Message } from 'kafkajs';
import { createKafka } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { createServiceSerdes, type ServiceSerdes } from '../../src/app/serdes.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { changelogTopic } from '../../src/streams/index.ts';
import { customerAt, type ManyAccounts, stateAt } from '../rig/accounts.ts';
import { answerParent } from '../rig/child.ts';
import { madeUpId } from '../rig/ids.ts';
import { accountOf } from '../rig/orders.ts';
import { partitions } from '../rig/sizes.ts';

export interface FillQuestion {
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly applicationId: string;
  readonly store: 'accounts' | 'seen-events';
  readonly accounts: ManyAccounts;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** kafkajs copies all records of a send once for each of them. */
const recordsPerSend = 500;
const rememberedForMs = 24 * 60 * 60 * 1_000;
/** Nothing is forgotten while it is measured. */
const leastMs = 60 * 60 * 1_000;

/** The entry of a number. */
type EntryAt = (index: number) => Message & { readonly partition: number };

const accountAt =
  ({ accounts }: FillQuestion, serdes: ServiceSerdes): EntryAt =>
  (index) => {
    const customer = customerAt(accounts, index);
    const value = serdes.accounts.serialize({ ...stateAt(accounts, index) });
    return { key: accountOf(customer), value, partition: customer.merchant.partition };
  };

/** An event that was applied some time in the last day. */
const seenAt =
  ({ accounts, now }: FillQuestion, serdes: ServiceSerdes): EntryAt =>
  (index) => {
    const { merchant } = customerAt(accounts, index);
    const left = leastMs + Math.round(((rememberedForMs - leastMs) * index) / accounts.count);
    const key = `${merchant.merchantId}:${madeUpId(accounts.seed + 50, index)}`;
    return {
      key,
      value: serdes.seenEvents.serialize({ expires_at: now + left, source: null }),
      partition: merchant.partition,
    };
  };

async function fill(question: FillQuestion): Promise<void> {
  const { brokers, registry, applicationId, store, accounts } = question;
  const serdes = await createServiceSerdes(createRegistry({ url: registry }), applicationId);
  const entryAt = store === 'accounts' ? accountAt(question, serdes) : seenAt(question, serdes);
  const topic = changelogTopic(applicationId, 'points', store);
  const kafka = createKafka({ brokers, clientId: 'bench-filler', logger: silentLogger });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const waiting: Message[][] = Array.from({ length: partitions }, () => []);
  const send = (messages: Message[]) => producer.send({ topic, acks: -1, messages: messages.splice(0) });
  let sending: Promise<unknown> = Promise.resolve();
  for (let index = 0; index < accounts.count; index += 1) {
    const entry = entryAt(index);
    const messages = waiting[entry.partition]!;
    messages.push(entry);
    if (messages.length < recordsPerSend) continue;
    await sending;
    sending = send(messages);
  }
  await sending;
  for (const messages of waiting) if (messages.length > 0) await send(messages);
  await producer.disconnect();
}

answerParent(fill);
