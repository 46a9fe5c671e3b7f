import type { AuditEntry } from '../contracts/index.ts';
import type { Faults } from './faults.ts';
import type { LaterClaims } from './later.ts';
import type { AccountRef, RedemptionBook } from './ports.ts';

interface Open {
  readonly account: AccountRef;
  readonly token: string;
}

interface Ended extends Open {
  readonly status: string;
  /** It was never pending: refused at once, and perhaps not even kept. */
  readonly wasRefused: boolean;
}

const perQuery = 1_000;

/** The steps of redemptions in the audit log against the status in the database. Memory: those that are still open. */
export class RedemptionSteps {
  readonly #open = new Map<string, Open>();
  readonly #ended: Ended[] = [];
  #count = 0;

  /** Redemptions seen so far. */
  get count(): number {
    return this.#count;
  }

  take({ merchant_id, customer_id, idempotency_token: token, status }: AuditEntry): void {
    if (token === null || status === null) return;
    const account = { merchantId: merchant_id, customerId: customer_id };
    const key = `${merchant_id}:${token}`;
    const wasOpen = this.#open.delete(key);
    if (!wasOpen) this.#count += 1;
    if (status === 'pending') this.#open.set(key, { account, token });
    else this.#ended.push({ account, token, status, wasRefused: !wasOpen && status === 'failed' });
  }

  get hasEnded(): boolean {
    return this.#ended.length > 0;
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Compares those that have ended since the last call. */
  async compareEnded(book: RedemptionBook, faults: Faults): Promise<void> {
    for (const some of chunks(this.#ended.splice(0))) {
      const statuses = await book.statuses(some.map(refOf));
      for (const { account, token, status, wasRefused } of some) {
        const found = statuses.get(`${account.merchantId}:${token}`);
        if (found === status || (found === undefined && wasRefused)) continue;
        faults.add(
          account,
          'reward_redemptions',
          `redemption ${token} is ${found ?? 'not there'} instead of ${status}`,
        );
      }
    }
  }

  /** Compares those that are open at the end: one that has ended since is for the audit log to confirm. */
  async compareOpen(book: RedemptionBook, faults: Faults, later: LaterClaims): Promise<void> {
    for (const some of chunks([...this.#open.values()])) {
      const statuses = await book.statuses(some.map(refOf));
      for (const { account, token } of some) {
        const found = statuses.get(`${account.merchantId}:${token}`);
        if (found === undefined) {
          faults.add(account, 'reward_redemptions', `redemption ${token} is not there instead of pending`);
        } else if (found !== 'pending') later.redemption(account, token, found);
      }
    }
  }
}

const refOf = ({ account, token }: Open) => ({ merchantId: account.merchantId, token });

const chunks = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / perQuery) }, (_, n) => items.slice(n * perQuery, (n + 1) * perQuery));
