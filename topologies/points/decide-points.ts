import type { AccountState, AuditEntry, IngestCommand } from '../../src/contracts/index.ts';
import { decide, evolve, initialAccount, type MerchantSettings, RejectedCommandError } from '../../src/domain/index.ts';
import {
  type Processor,
  processBatch,
  type StoreDefinition,
  type StreamRecord,
  withValue,
} from '../../src/streams/index.ts';
import type { MerchantSource, PointsParts } from './ports.ts';
import { accountKey, auditEntryOf, commandOf } from './records.ts';

type Ingested = StreamRecord<string, IngestCommand>;

/** Decides each command against its account, in order, and turns it into audit entries. */
export const decidePoints = (
  name: string,
  accounts: StoreDefinition<AccountState>,
  { merchants, messages }: Pick<PointsParts, 'merchants' | 'messages'>,
): Processor<string, IngestCommand, string, AuditEntry> =>
  processBatch(name, {
    stores: [accounts],
    create: (context) => {
      const store = context.store(accounts);
      return async (records: readonly Ingested[]) => {
        const [settings] = await Promise.all([
          settingsOf(merchants, records),
          store.load(records.map(({ value }) => accountKey(value))),
        ]);
        const entries: StreamRecord<string, AuditEntry>[] = [];
        for (const record of records) {
          try {
            const merchant = settings(record.value.merchant_id);
            const key = accountKey(record.value);
            let account = store.get(key) ?? initialAccount();
            for (const entry of decide(account, commandOf(record.value), merchant)) {
              account = evolve(account, entry);
              entries.push(withValue(record, auditEntryOf(entry, record.value, merchant, messages)));
            }
            store.put(key, account);
          } catch (error) {
            context.fail(record, error);
          }
        }
        return entries;
      };
    },
  });

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
