import type { Balance, BalanceChanges, BalanceListener } from '../../src/balances/ports.ts';

/** Changes of balances as a test tells them. */
export interface FakeBalanceChanges extends BalanceChanges {
  /** Who listens now. */
  readonly listeners: ReadonlySet<BalanceListener>;
  tell(balance: Balance): void;
  /** Says that changes may have been missed. */
  resume(): void;
}

export const createFakeBalanceChanges = (): FakeBalanceChanges => {
  const listeners = new Set<BalanceListener>();
  const accounts = new Map<BalanceListener, string>();
  return {
    listeners,
    subscribe: (merchantId, customerId, listener) => {
      listeners.add(listener);
      accounts.set(listener, `${merchantId}:${customerId}`);
      return () => listeners.delete(listener);
    },
    tell: (balance) => {
      for (const listener of listeners) {
        if (accounts.get(listener) === `${balance.merchantId}:${balance.customerId}`) listener.changed(balance);
      }
    },
    resume: () => {
      for (const listener of listeners) listener.resumed();
    },
  };
};
