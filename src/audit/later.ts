import type { AuditEntry } from '../contracts/index.ts';
import { type Faults, type Place } from './faults.ts';
import type { AccountRef } from './ports.ts';

interface Claim {
  readonly account: AccountRef;
  readonly place: Place;
  readonly balance: number;
  readonly what: string;
}

/**
 * What a book says beyond the offset up to which the audit log was read: right if the audit log has said so since. There
 * is as much of it as happens while the books are compared.
 */
export class LaterClaims {
  readonly #entries = new Map<string, Claim[]>();
  readonly #redemptions = new Map<string, { readonly account: AccountRef; readonly status: string }>();
  /** By account, what order ids are gone for; right if an erasure is on record. */
  readonly #redactions = new Map<string, { readonly account: AccountRef; readonly sequence: number }>();

  /** A book knows an entry of this sequence, with the balance after it. */
  entry(account: AccountRef, sequence: number, balance: number, place: Place, what: string): void {
    const key = entryKey(account.merchantId, account.customerId, sequence);
    const claims = this.#entries.get(key) ?? [];
    claims.push({ account, place, balance, what });
    this.#entries.set(key, claims);
  }

  redemption(account: AccountRef, token: string, status: string): void {
    this.#redemptions.set(`${account.merchantId}:${token}`, { account, status });
  }

  redacted(account: AccountRef, sequence: number): void {
    const key = `${account.merchantId}:${account.customerId}`;
    if (!this.#redactions.has(key)) this.#redactions.set(key, { account, sequence });
  }

  get isEmpty(): boolean {
    return this.#entries.size + this.#redemptions.size + this.#redactions.size === 0;
  }

  /** The audit log says this. */
  confirm(entry: AuditEntry): void {
    const { merchant_id, customer_id, sequence, balance_after, idempotency_token } = entry;
    switch (entry.kind) {
      case 'ledger': {
        const key = entryKey(merchant_id, customer_id, sequence);
        const left = (this.#entries.get(key) ?? []).filter(({ balance }) => balance !== balance_after);
        if (left.length === 0) this.#entries.delete(key);
        else this.#entries.set(key, left);
        return;
      }
      case 'redemption': {
        const key = `${merchant_id}:${idempotency_token ?? ''}`;
        if (this.#redemptions.get(key)?.status === entry.status) this.#redemptions.delete(key);
        return;
      }
      case 'action':
        this.#confirmErasure(entry);
        return;
      case 'refusal':
    }
  }

  #confirmErasure({ event_type, merchant_id, customer_id }: AuditEntry): void {
    if (event_type === 'customer.redact') this.#redactions.delete(`${merchant_id}:${customer_id}`);
    if (event_type !== 'shop.redact') return;
    for (const [key, { account }] of this.#redactions) {
      if (account.merchantId === merchant_id) this.#redactions.delete(key);
    }
  }

  /** What nothing has confirmed is wrong. */
  settle(faults: Faults): void {
    for (const { account, place, what } of [...this.#entries.values()].flat()) faults.add(account, place, what);
    for (const [key, { account, status }] of this.#redemptions) {
      const token = key.slice(account.merchantId.length + 1);
      faults.add(account, 'reward_redemptions', `redemption ${token} is ${status}, but pending in audit_log`);
    }
    for (const { account, sequence } of this.#redactions.values()) {
      const what = `order_id of sequence ${String(sequence)} is gone, and no erasure is on record`;
      faults.add(account, 'points_transactions', what);
    }
  }
}

const entryKey = (merchantId: string, customerId: string, sequence: number): string =>
  `${merchantId}:${customerId}:${String(sequence)}`;
