import type { AuditEntry } from '../contracts/index.ts';
import type { Accounts } from './accounts.ts';
import { type Chain, follow } from './chain.ts';
import { compare } from './compare.ts';
import type { Faults } from './faults.ts';
import type { LaterClaims } from './later.ts';
import type { AccountRef, LedgerBook, LedgerLine } from './ports.ts';

const perQuery = 1_000;

/** Every entry of the audit log has its document in the ledger, and no field of it is another. */
export async function compareEntries(
  entries: readonly AuditEntry[],
  ledger: LedgerBook,
  faults: Faults,
  later: LaterClaims,
): Promise<void> {
  for (let from = 0; from < entries.length; from += perQuery) {
    const some = entries.slice(from, from + perQuery);
    const lines = await ledger.find(
      some.map(({ merchant_id, event_id }) => ({ merchantId: merchant_id, eventId: event_id })),
    );
    for (const entry of some) {
      const account = { merchantId: entry.merchant_id, customerId: entry.customer_id };
      const line = lines.get(`${entry.merchant_id}:${entry.event_id}`);
      const which = `sequence ${String(entry.sequence)} (event ${entry.event_id})`;
      if (line === undefined) {
        faults.add(account, 'points_transactions', `${which} is not there`);
        continue;
      }
      const { differences, isRedacted } = compare(entry, line);
      if (differences.length > 0) faults.add(account, 'points_transactions', `of ${which} ${differences.join(', ')}`);
      if (isRedacted) later.redacted(account, entry.sequence);
    }
  }
}

/**
 * Follows all of a merchant's accounts in the ledger, which keeps everything for ever, from their first entry on. What is
 * newer than the audit log was read, or not known to it at all, is left for it to confirm.
 * @returns how many entries the ledger has
 */
export async function followLedger(
  merchantId: string,
  ledger: LedgerBook,
  accounts: Accounts,
  faults: Faults,
): Promise<number> {
  let lines = 0;
  let account: AccountRef | undefined;
  let chain: Chain | undefined;
  let beyond: LedgerLine[] = [];
  const end = (): void => {
    if (account !== undefined && chain !== undefined) accounts.ledgerEnded(account, chain, beyond);
    chain = undefined;
    beyond = [];
  };
  for await (const line of ledger.entriesOf(merchantId)) {
    lines += 1;
    if (account?.customerId !== line.customer_id) {
      end();
      account = { merchantId, customerId: line.customer_id };
    }
    const step = follow(chain, line, false);
    chain = step.chain;
    if (step.fault !== null) faults.add(account, 'points_transactions', step.fault);
    if (accounts.isBeyond(account, line.sequence)) beyond.push(line);
  }
  end();
  return lines;
}
