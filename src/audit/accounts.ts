import type { AuditEntry } from '../contracts/index.ts';
import { type Chain, follow } from './chain.ts';
import { accountKey, type Faults } from './faults.ts';
import type { LaterClaims } from './later.ts';
import type { AccountRef, CachedBalance, LedgerLine } from './ports.ts';

/** An account as the audit log has it; as the ledger has it where the audit log is too young to know it. */
export interface Account extends AccountRef {
  chain: Chain;
  /** Newest record of points.balances that is not newer than the chain. */
  held?: { readonly sequence: number; readonly balance: number };
  /** Taken from the ledger as it is. */
  readonly isGiven?: true;
  /** points.balances has gone on since. */
  isHeldNewer?: true;
}

/** The accounts of one partition: every record about a merchant is in the same. */
export class Accounts {
  readonly #byKey = new Map<string, Account>();
  readonly #mayBeginLate: boolean;
  readonly #faults: Faults;
  readonly #later: LaterClaims;

  /** @param mayBeginLate whether the audit log's oldest records are gone by its retention */
  constructor(mayBeginLate: boolean, faults: Faults, later: LaterClaims) {
    this.#mayBeginLate = mayBeginLate;
    this.#faults = faults;
    this.#later = later;
  }

  get all(): ReadonlyMap<string, Account> {
    return this.#byKey;
  }

  /** The next ledger entry of the audit log. */
  audited(entry: AuditEntry): void {
    const ref = { merchantId: entry.merchant_id, customerId: entry.customer_id };
    const key = accountKey(ref);
    const account = this.#byKey.get(key);
    const { chain, fault } = follow(account?.chain, entry, this.#mayBeginLate);
    if (account === undefined) this.#byKey.set(key, { ...ref, chain });
    else account.chain = chain;
    if (fault !== null) this.#faults.add(ref, 'audit_log', fault);
  }

  /** All lines of one account of the ledger have been followed. @param beyond lines that are newer than the audit log read */
  ledgerEnded(ref: AccountRef, chain: Chain, beyond: readonly LedgerLine[]): void {
    for (const line of beyond) {
      const what = `sequence ${String(line.sequence)} (event ${line.event_id}) is not in audit_log`;
      this.#later.entry(ref, line.sequence, line.balance_after, 'points_transactions', what);
    }
    // Older than anything the audit log still has: taken as it is, as its chain has been followed.
    if (this.#byKey.has(accountKey(ref)) || !this.#mayBeginLate) return;
    this.#byKey.set(accountKey(ref), { ...ref, chain, isGiven: true });
  }

  /** Whether a line of the ledger must be confirmed by what the audit log has said since. */
  isBeyond(ref: AccountRef, sequence: number): boolean {
    const known = this.#byKey.get(accountKey(ref));
    return known === undefined ? !this.#mayBeginLate : sequence > known.chain.sequence;
  }

  /** The next record of points.balances. */
  balance(ref: AccountRef, sequence: number, balance: number): void {
    const account = this.#byKey.get(accountKey(ref));
    if (account === undefined || sequence > account.chain.sequence) {
      const what = `sequence ${String(sequence)} with ${String(balance)} points is not in audit_log`;
      this.#later.entry(ref, sequence, balance, 'points.balances', what);
      if (account !== undefined) account.isHeldNewer = true;
      return;
    }
    account.held = { sequence, balance };
  }

  /** points.balances has been read to its end. */
  balancesEnded(): void {
    for (const account of this.#byKey.values()) {
      const { chain, held, isHeldNewer } = account;
      if (held?.sequence !== chain.sequence) {
        if (isHeldNewer === true) continue;
        const found = held === undefined ? 'none' : `sequence ${String(held.sequence)}`;
        const what = `the newest record is ${found} instead of sequence ${String(chain.sequence)}`;
        this.#faults.add(account, 'points.balances', what);
      } else if (held.balance !== chain.balance) {
        const what = `the newest record says ${String(held.balance)} points instead of ${String(chain.balance)}`;
        this.#faults.add(account, 'points.balances', what);
      }
    }
  }

  cached(account: Account, cached: CachedBalance): void {
    if (cached.is === 'absent') return;
    if (cached.is === 'unreadable') {
      this.#faults.add(account, 'cache', 'the value cannot be read');
      return;
    }
    const { sequence, balance } = cached;
    const { chain } = account;
    const says = `the cache says ${String(balance)} points as of sequence ${String(sequence)}`;
    if (sequence > chain.sequence)
      this.#later.entry(account, sequence, balance, 'cache', `${says}, which is not in audit_log`);
    else if (sequence < chain.sequence)
      this.#faults.add(account, 'cache', `${says} instead of ${String(chain.sequence)}`);
    else if (balance !== chain.balance)
      this.#faults.add(account, 'cache', `${says} instead of ${String(chain.balance)}`);
  }
}
