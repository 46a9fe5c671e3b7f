import { describe, expect, it } from 'vitest';
import {
  type IngestCommand,
  nilUuid,
  type TaskCreated,
  type TaskFailed,
  type VipTierAssigned,
} from '../../src/contracts/index.ts';
import { type Headers, type Serde, TopologyTestDriver } from '../../src/streams/index.ts';
import { ingestTopology } from '../../topologies/ingest/index.ts';
import { noon } from './points-rig.ts';
import { avroSerde } from './serdes.ts';

const merchant = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001';
const customer = '00000000-0000-4000-8000-00000000000a';
const token = 'a1b2c3d4-0000-4000-8000-0000000000ff';
const taskId = 'b1b2c3d4-0000-4000-8000-0000000000ee';

const tier = (own: Partial<VipTierAssigned> = {}): VipTierAssigned => ({
  event_id: 'C1B2C3D4-0000-4000-8000-0000000000DD',
  customer_id: customer,
  merchant_id: merchant,
  tier_id: 'gold',
  assigned_at: noon - 5_000,
  ...own,
});
const created = (own: Partial<TaskCreated> = {}): TaskCreated => ({
  task_id: taskId,
  idempotency_token: token,
  customer_id: customer,
  merchant_id: merchant,
  created_at: noon - 1_000,
  correlation_id: 'the-redemption',
  ...own,
});
const failed = (own: Partial<TaskFailed> = {}): TaskFailed => ({ ...created(), task_id: null, ...own });

const rig = () => {
  const serdes = {
    ingest: avroSerde('IngestCommand'),
    tiers: avroSerde('VipTierAssigned'),
    tasksCreated: avroSerde('TaskCreated'),
    tasksFailed: avroSerde('TaskFailed'),
  };
  const driver = new TopologyTestDriver(ingestTopology({ serdes }), { now: noon });
  const pipe =
    <V>(topic: string, serde: Serde<V>) =>
    (value: V, headers: Headers = {}, key = 'of its sender'): Promise<void> =>
      driver.pipe(topic, serde, [{ key, value, headers }]);
  return {
    driver,
    assigned: pipe('vip_tier.assigned', serdes.tiers),
    created: pipe('task.created', serdes.tasksCreated),
    failed: pipe('task.failed', serdes.tasksFailed),
    ingested: () => driver.read<IngestCommand>('points.ingest', serdes.ingest),
    dead: () => driver.readBytes('points.dlq'),
  };
};

const reasonOf = (letter: { readonly headers: Headers } | undefined): readonly string[] => [
  String(letter?.headers['__streams.errors.code']),
  String(letter?.headers['__streams.errors.message']),
];

describe('an assigned tier', () => {
  it("becomes a command of its merchant under Campaign's own event id, in the merchant's language", async () => {
    const { assigned, ingested, dead } = rig();
    await assigned(tier(), { correlation_id: 'the-campaign', their_own: 'stays' });
    expect(ingested()).toEqual([
      {
        key: merchant,
        value: {
          event_id: 'c1b2c3d4-0000-4000-8000-0000000000dd',
          merchant_id: merchant,
          customer_id: customer,
          correlation_id: 'the-campaign',
          schema_version: '1.0.0',
          occurred_at: noon - 5_000,
          locale: 'und',
          delivery_id: null,
          command: { 'points.TierAssigned': { tier_id: 'gold' } },
        },
        timestamp: noon,
        headers: { correlation_id: 'the-campaign', schema_version: '1.0.0', their_own: 'stays' },
      },
    ]);
    expect(dead()).toEqual([]);
  });

  it('is followed by its event id where Campaign names nothing else that can be printed', async () => {
    const { assigned, ingested } = rig();
    await assigned(tier());
    await assigned(tier(), { correlation_id: 'two\nlines' });
    await assigned(tier(), { correlation_id: Buffer.from('x'.repeat(129)) });
    await assigned(tier(), { correlation_id: ['first', Buffer.from('last')] });
    expect(ingested().map(({ value }) => value.correlation_id)).toEqual([
      'c1b2c3d4-0000-4000-8000-0000000000dd',
      'c1b2c3d4-0000-4000-8000-0000000000dd',
      'c1b2c3d4-0000-4000-8000-0000000000dd',
      'last',
    ]);
  });

  it('has its ids in lower case, however Campaign writes them', async () => {
    const { assigned, ingested } = rig();
    await assigned(tier({ customer_id: customer.toUpperCase(), merchant_id: merchant.toUpperCase() }));
    expect(ingested().map(({ key, value }) => [key, value.merchant_id, value.customer_id])).toEqual([
      [merchant, merchant, customer],
    ]);
  });

  it('is a dead letter that names every field at fault where it cannot be acted on', async () => {
    const { driver, assigned, ingested, dead } = rig();
    const bad = tier({ event_id: 'tier-7', customer_id: nilUuid, merchant_id: '', assigned_at: -1 });
    await assigned(bad, { correlation_id: 'the-campaign' });
    expect(ingested()).toEqual([]);
    const [letter] = dead();
    expect(reasonOf(letter)).toEqual([
      'FOREIGN_RECORD_INVALID',
      'event_id is not a UUID; merchant_id is not a UUID; customer_id names nobody; assigned_at is no time between 1970 and 9999',
    ]);
    expect(letter?.value).toEqual(avroSerde('VipTierAssigned').serialize(bad));
    expect(letter?.headers).toMatchObject({
      correlation_id: 'the-campaign',
      '__streams.errors.topic': 'vip_tier.assigned',
      '__streams.errors.retryable': 'false',
    });
    await driver.pipeBytes([
      {
        ...{ topic: 'vip_tier.assigned', partition: 0, offset: 7, timestamp: noon, headers: {} },
        ...{ key: null, value: Buffer.from('no Avro') },
      },
    ]);
    expect(reasonOf(dead()[0])).toEqual(['DESERIALIZATION_FAILED', 'The value is not in the registry wire format']);
  });
});

describe("Event Tracking's answer to a redemption", () => {
  const tokenOf = ({ value }: { readonly value: IngestCommand }) => value.command['points.RedemptionSettled'];

  it('completes it by its task, with one event id however often it comes', async () => {
    const { created: answer, ingested } = rig();
    await answer(created());
    await answer(created({ idempotency_token: token.toUpperCase(), merchant_id: merchant.toUpperCase() }));
    const [first, again] = ingested();
    expect(first?.key).toBe(merchant);
    expect(first?.value).toMatchObject({
      ...{ event_id: '3d1a14be-9749-5b7e-bedb-99311cf57e4b', correlation_id: 'the-redemption', locale: 'und' },
      ...{ occurred_at: noon - 1_000, customer_id: customer },
    });
    expect(tokenOf(first!)).toEqual({ outcome: 'completed', idempotency_token: token, task_id: taskId });
    expect(again?.value.event_id).toBe(first?.value.event_id);
  });

  it('fails it, with another event id, whether or not a task was begun', async () => {
    const { created: answer, failed: refuse, ingested } = rig();
    await answer(created());
    await refuse(failed());
    await refuse(failed({ task_id: taskId.toUpperCase() }));
    const [completed, refused, begun] = ingested();
    expect(tokenOf(refused!)).toEqual({ outcome: 'failed', idempotency_token: token, task_id: null });
    expect(tokenOf(begun!)).toEqual({ outcome: 'failed', idempotency_token: token, task_id: taskId });
    expect(refused?.value.event_id).toBe(begun?.value.event_id);
    expect(refused?.value.event_id).not.toBe(completed?.value.event_id);
  });

  it('is followed by the header before the field, and by the event where neither can be printed', async () => {
    const { created: answer, ingested } = rig();
    await answer(created(), { correlation_id: 'the-header' });
    await answer(created({ correlation_id: '' }));
    const [header, none] = ingested();
    expect([header?.value.correlation_id, none?.value.correlation_id]).toEqual(['the-header', none?.value.event_id]);
  });

  it('is a dead letter where its ids are none', async () => {
    const { created: answer, failed: refuse, ingested, dead } = rig();
    await answer(created({ task_id: 'task-1', idempotency_token: 'token-1' }));
    await refuse(failed({ task_id: 'task-1', created_at: 253_402_300_800_000 }));
    expect(ingested()).toEqual([]);
    expect(dead().map((letter) => reasonOf(letter)[1])).toEqual([
      'idempotency_token is not a UUID; task_id is not a UUID',
      'task_id is not a UUID; created_at is no time between 1970 and 9999',
    ]);
  });
});
