/**
 * What Avro costs a record, in and out, for the values of the hot path: `node perf/micro/avro.ts`.
 *
 * Each way is run in turns with the others, and its best round counts: what else runs on the machine slows rounds down,
 * never speeds them up. Read the ratios, not the microseconds: `avsc` is the library by itself, with no header and no look
 * at the schema's id; `concat` is the plainest way to put the header before what it made; `older` reads values that were
 * written with a schema of one field less, and `wider` those of a schema with a branch or a field more than ours.
 */
import { AvroSerde } from '../../src/adapters/registry/avro-serde.ts';
import { standaloneSchema, typeOf } from '../../src/adapters/registry/schemas.ts';
import { type AvroRecords, plainAudit } from '../../src/contracts/index.ts';

const rounds = 15;
const perRound = 20_000;

const uuid = '5b0c9a3e-0000-5000-8000-000000000001';
const ids = { event_id: uuid, merchant_id: uuid, customer_id: uuid, correlation_id: uuid, schema_version: '1.0.0' };
const earned = {
  ...{ points: 129, type: 'earn' as const, locale: 'ar-EG', created_at: 1_760_458_800_000 },
  description: 'You have earned 129 points for your order',
} as const;
const order = {
  ...{ order_id: '820982911946154508', amount_minor: 12_999, currency: 'USD' },
  ...{ financial_status: 'paid', source_name: 'web' },
};
const values = {
  IngestCommand: {
    ...{ ...ids, occurred_at: 1_760_458_800_000, locale: 'ar-EG', delivery_id: uuid },
    command: { 'points.OrderCreated': order },
  },
  PointsEarned: { ...ids, ...earned },
  AuditEntry: {
    ...{ ...ids, ...earned, event_type: 'order.created', sequence: 7, balance_after: 1_290 },
    ...{ rule: '1 point per 100 minor units', order_id: order.order_id, amount_minor: 12_999 },
    ...{ delivery_id: uuid, retention_days: 180, ...plainAudit },
  },
  AccountState: { balance: 1_290, sequence: 7 },
} as const satisfies Partial<AvroRecords>;

type Name = keyof typeof values;
type Work = () => unknown;

const branch = { type: 'record', name: 'LaterKind', fields: [{ name: 'tier', type: 'string' }] };

/** The schema as a later build may have it: a kind of command more, or a field where there are no kinds. */
const laterSchema = (name: Name): object => {
  const schema = standaloneSchema(name);
  const hasKinds = schema.fields.some((field) => field.name === 'command');
  const fields = schema.fields.map((field) =>
    field.name === 'command' ? { ...field, type: [...(field.type as object[]), branch] } : field,
  );
  return { ...schema, fields: hasKinds ? fields : [...fields, { name: 'more', type: 'string', default: '' }] };
};

/** The schema as an older build had it: without one of the fields that have a default, or the same where none has. */
const olderSchema = (name: Name): object => {
  const schema = standaloneSchema(name);
  const dropped = schema.fields.find((field) => 'default' in field)?.name;
  return { ...schema, fields: schema.fields.filter((field) => field.name !== dropped) };
};

const writers = { fetch: () => Promise.resolve(undefined) };

async function worksOf(name: Name): Promise<Readonly<Record<string, Work>>> {
  const value = values[name];
  const type = typeOf(standaloneSchema(name));
  const [older, later] = [typeOf(olderSchema(name)), typeOf(laterSchema(name))];
  const serde = new AvroSerde<unknown>(name, 1, type, {
    fetch: (id) => Promise.resolve(id === 2 ? older : later),
  });
  const head = Buffer.from([0, 0, 0, 0, 1]);
  const body = type.toBuffer(value);
  const bytes = serde.serialize(value);
  const fromOlder = new AvroSerde<unknown>(name, 2, older, writers).serialize(value);
  const fromLater = new AvroSerde<unknown>(name, 3, later, writers).serialize({ ...value, more: 'x' });
  await serde.prepare([fromOlder, fromLater]);
  const batch = Array.from({ length: 1_000 }, () => bytes);
  let turn = 0;
  return {
    'write avsc': () => type.toBuffer(value),
    'write concat': () => Buffer.concat([head, type.toBuffer(value)]),
    'write ours': () => serde.serialize(value),
    'read avsc': () => type.fromBuffer(body) as unknown,
    'read ours': () => serde.deserialize(bytes),
    'read older': () => serde.deserialize(fromOlder),
    'read wider': () => serde.deserialize(fromLater),
    // Once a batch: what a record's share of it is.
    'prepare ours': () => ((turn += 1) % batch.length === 0 ? serde.prepare(batch) : undefined),
  };
}

/** Microseconds of one call. */
const time = (work: Work): number => {
  const since = performance.now();
  for (let times = 0; times < perRound; times += 1) work();
  return ((performance.now() - since) * 1_000) / perRound;
};

for (const name of Object.keys(values) as Name[]) {
  const works = await worksOf(name);
  const best = new Map(Object.keys(works).map((way) => [way, Infinity]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, work] of Object.entries(works)) {
      best.set(way, Math.min(best.get(way) ?? Infinity, time(work)));
    }
  }
  const base = (way: string): number => best.get(`${way.split(' ')[0] ?? ''} avsc`) ?? Number.NaN;
  for (const [way, micros] of best) {
    const ratio = Number.isNaN(base(way)) ? '' : `  ${(micros / base(way)).toFixed(2)} × avsc`;
    process.stdout.write(`${name.padEnd(14)} ${way.padEnd(13)} ${micros.toFixed(3).padStart(7)} µs${ratio}\n`);
  }
}
