import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistry } from '../../../src/adapters/registry/index.ts';
import type { AccountState, IngestCommand, PointsBalance } from '../../../src/contracts/index.ts';
import {
  changelogTopic,
  Consumed,
  processBatch,
  Produced,
  type Serde,
  StreamsBuilder,
  type Topology,
  withValue,
} from '../../../src/streams/index.ts';
import { temporaryFolder } from '../../support/servers.ts';

interface AvroRecord {
  readonly fields: readonly Readonly<Record<string, unknown>>[];
}

const projectSchemas = join(import.meta.dirname, '..', '..', '..', 'avro');

/** A folder with the project's schemas, some of them changed: what a build of another day has beside its code. */
export const schemasWith = async (
  changes: Readonly<Record<string, (schema: AvroRecord) => AvroRecord>>,
): Promise<string> => {
  const folder = await temporaryFolder('schemas');
  await cp(projectSchemas, folder, { recursive: true });
  for (const [name, change] of Object.entries(changes)) {
    const file = join(folder, `${name}.avsc`);
    const before = await readFile(file, 'utf8').catch(() => '{"fields":[]}');
    await writeFile(file, JSON.stringify(change(JSON.parse(before) as AvroRecord)));
  }
  return folder;
};

const withField =
  (field: object) =>
  (schema: AvroRecord): AvroRecord => ({ ...schema, fields: [...schema.fields, { ...field }] });

/** A later version of the contracts: fields more, each with a default, and a kind of command more. */
export const newerSchemas = (): Promise<string> =>
  schemasWith({
    LaterKind: () => ({
      ...{ type: 'record', name: 'LaterKind', namespace: 'points' },
      fields: [{ name: 'tier', type: 'string' }],
    }),
    IngestCommand: (schema) => ({
      ...schema,
      fields: [
        ...schema.fields.map((field) =>
          field['name'] === 'command' ? { ...field, type: [...(field['type'] as string[]), 'LaterKind'] } : field,
        ),
        { name: 'channel', type: 'string', default: 'web' },
      ],
    }),
    OrderCreated: withField({ name: 'gift', type: 'boolean', default: false }),
    AccountState: withField({ name: 'tier', type: 'string', default: 'none' }),
    PointsBalance: withField({ name: 'tier', type: 'string', default: 'none' }),
  });

/** What one version of the service reads and writes with. */
export interface Version {
  readonly ingest: Serde<IngestCommand>;
  readonly balances: Serde<PointsBalance>;
  readonly accounts: Serde<AccountState>;
}

export interface AccountTopics {
  readonly in: string;
  readonly out: string;
  readonly dead: string;
}

/** @param schemas folder of the version's .avsc files; the project's own by default */
export const versionOf = async (
  url: string,
  applicationId: string,
  topics: AccountTopics,
  schemas?: string,
): Promise<Version> => {
  const registry = createRegistry({ url, ...(schemas === undefined ? {} : { schemas }) });
  return {
    ingest: await registry.serde(topics.in, 'IngestCommand'),
    balances: await registry.serde(topics.out, 'PointsBalance'),
    accounts: await registry.serde(changelogTopic(applicationId, 'accounts', 'accounts'), 'AccountState'),
  };
};

/** Adds up what each customer's orders come to: each output tells the sum and how many there were. */
export const accountsTopology = (topics: AccountTopics, version: Version): Topology => {
  const accounts = { name: 'accounts', valueSerde: version.accounts };
  const builder = new StreamsBuilder('accounts').deadLettersTo(topics.dead);
  builder
    .stream<string, IngestCommand>(topics.in, { ...Consumed.with(version.ingest), name: 'commands' })
    .pipe(
      processBatch<string, IngestCommand, string, PointsBalance>('add-up', {
        stores: [accounts],
        create: (context) => {
          const store = context.store(accounts);
          return async (records) => {
            await store.load(records.map(({ value }) => value.customer_id));
            return records.map((record) => {
              const { customer_id, merchant_id, schema_version, occurred_at, correlation_id, command } = record.value;
              const before = store.get(customer_id) ?? { balance: 0, sequence: 0 };
              // A tier counts for nothing: only the newer version has it.
              const { 'points.OrderCreated': order } = command as Partial<typeof command>;
              const balance = before.balance + (order?.amount_minor ?? 0);
              const after = { ...before, balance, sequence: before.sequence + 1 };
              store.put(customer_id, after);
              const of = { merchant_id, customer_id, schema_version, correlation_id, updated_at: occurred_at };
              return withValue(record, { ...of, ...after });
            });
          };
        },
      }),
    )
    .to(topics.out, { ...Produced.with(version.balances), name: 'balances', partitioning: 'task' });
  return builder.build();
};

/** An order of a customer; `more` is what only a newer version knows. */
export const orderOf = (customer: string, amount: number, more: object = {}): IngestCommand => ({
  event_id: `${customer}-${String(amount)}`,
  merchant_id: 'merchant',
  customer_id: customer,
  correlation_id: `correlation-${String(amount)}`,
  schema_version: '1.0.0',
  occurred_at: 1_700_000_000_000,
  locale: 'en',
  delivery_id: null,
  command: {
    'points.OrderCreated': {
      ...{ order_id: String(amount), amount_minor: amount, currency: 'USD', financial_status: null },
      ...{ source_name: 'web', ...more },
    },
  },
  ...more,
});
