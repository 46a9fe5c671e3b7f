import type { AuditEntry, IngestCommand, SeenEvent } from '../../src/contracts/index.ts';
import {
  type Command,
  type Decision,
  decide,
  type DecisionSettings,
  type MerchantSettings,
  refusePosTransaction,
  RejectedCommandError,
} from '../../src/domain/index.ts';
import {
  type ConsumedRecord,
  type KeyValueStore,
  type Processor,
  processBatch,
  type StoreDefinition,
  type StreamRecord,
  withValue,
} from '../../src/streams/index.ts';
import { AuditRecords } from './audit-records.ts';
import { allOf, bookStores, Books, type Opened } from './books.ts';
import { commandOf } from './commands.ts';
import { failOverdue } from './fail-overdue.ts';
import { type Standing, standingsOf } from './standings.ts';
import type { Decided, MerchantSource, PointsParts } from './ports.ts';
import { eventKey } from './records.ts';

type Ingested = StreamRecord<string, IngestCommand>;

/** How often redemptions are looked for that nobody has answered in time. */
const overdueIntervalMs = 1_000;

/**
 * Decides each command against the books, in order, and turns it into audit records; and fails the redemptions that
 * nobody has answered in time.
 *
 * @param seen where `dedupe` remembers events: what is refused and may still come by another way is forgotten there
 * @param waited records that had to wait for their merchant's rate limit
 */
export const decidePoints = (
  name: string,
  seen: StoreDefinition<SeenEvent>,
  waited: Pick<WeakSet<ConsumedRecord>, 'has'>,
  parts: Pick<PointsParts, 'serdes' | 'merchants' | 'customers' | 'messages' | 'redemptionTimeoutMs' | 'onDecided'>,
): Processor<string, IngestCommand, string, AuditEntry> => {
  const { serdes, merchants, customers, messages, redemptionTimeoutMs, onDecided } = parts;
  const stores = bookStores(serdes);
  return processBatch(name, {
    stores: [...allOf(stores), seen],
    create: (context) => {
      const books = new Books(context, stores);
      const marks = context.store(seen);
      context.schedule(overdueIntervalMs, 'WALL_CLOCK_TIME', (now) => failOverdue(books, { merchants, messages }, now));
      const entriesOf = (
        ingested: IngestCommand,
        merchant: MerchantSettings,
        standing: Standing,
      ): readonly AuditEntry[] => {
        const audit = new AuditRecords(merchant, messages, ingested.delivery_id);
        const demand = ingested.command['points.ComplianceRequested'];
        if (demand !== undefined) {
          return [audit.act(ingested, demand, books.account(ingested.merchant_id, ingested.customer_id))];
        }
        const command = commandOf(ingested);
        const opened = books.open(ingested.merchant_id, command, context.currentSystemTimeMs());
        const decision = decideOrRefuse(opened, command, { ...merchant, redemptionTimeoutMs }, standing);
        if (isOpenStill(decision)) forget(marks, ingested);
        return audit.of(decision, books.keep(opened, command, decision));
      };
      return async (records: readonly Ingested[]) => {
        const [settings] = await Promise.all([
          settingsOf(merchants, records),
          books.load(records.map(({ value }) => value)),
        ]);
        const standingOf = await standingsOf(customers, records, settings);
        const audits: StreamRecord<string, AuditEntry>[] = [];
        const decided: Decided[] = [];
        for (const record of records) {
          try {
            const entries = entriesOf(record.value, settings(record.value.merchant_id), standingOf(record));
            for (const entry of entries) audits.push(withValue(record, entry));
            decided.push({ arrivedAt: record.source.timestamp, hasWaited: waited.has(record.source) });
          } catch (error) {
            context.fail(record, error);
          }
        }
        if (onDecided !== undefined) context.afterCommit(() => decided.forEach(onDecided));
        return audits;
      };
    },
  });
};

/** Somebody waits at the till for an answer, which a dead letter would not be. */
const decideOrRefuse = (
  { state }: Opened,
  command: Command,
  settings: DecisionSettings,
  standing: Standing,
): Decision => {
  try {
    standing.require();
    return decide(state, command, settings);
  } catch (error) {
    if (command.kind !== 'PosTransaction' || !(error instanceof RejectedCommandError)) throw error;
    return refusePosTransaction(state, command, error.code);
  }
};

/** Refused without an entry: the same happening may come again, and then be done. */
const isOpenStill = ({ entries, refusals = [], steps = [] }: Decision): boolean =>
  refusals.some(({ eventType }) => eventType === 'pos.transaction') && entries.length === 0 && steps.length === 0;

const forget = (marks: KeyValueStore<SeenEvent>, ingested: IngestCommand): void => {
  marks.delete(eventKey(ingested));
};

/**
 * The settings of every merchant of the batch. One merchant whose settings cannot be had now fails its own records
 * only: the look-up throws when it is asked for.
 */
async function settingsOf(
  merchants: MerchantSource,
  records: readonly Ingested[],
): Promise<(merchantId: string) => MerchantSettings> {
  const ids = [...new Set(records.map(({ value }) => value.merchant_id))];
  const answers = await Promise.allSettled(ids.map((id) => merchants.byId(id)));
  const byId = new Map(ids.map((id, index) => [id, answers[index]]));
  return (merchantId) => {
    const answer = byId.get(merchantId);
    if (answer?.status === 'rejected') throw answer.reason;
    if (answer?.value === undefined) throw new RejectedCommandError('UNKNOWN_MERCHANT', 'There is no such merchant');
    return answer.value;
  };
}
