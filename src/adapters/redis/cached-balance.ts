import type { Balance } from '../../balances/ports.ts';

/** Names a balance in Redis: the key that holds it, and the channel that tells of its changes. */
export const balanceKey = ({ merchantId, customerId }: Pick<Balance, 'merchantId' | 'customerId'>): string =>
  `cache:${merchantId}:${customerId}:points`;

/** The value at that key, and the message on that channel: `{"balance":120,"sequence":3}`. */
export const balanceText = ({ balance, sequence }: Pick<Balance, 'balance' | 'sequence'>): string =>
  JSON.stringify({ balance, sequence });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

/** What such a text says; undefined for anything else. */
export const parseBalance = (text: string): Pick<Balance, 'balance' | 'sequence'> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { balance, sequence } = value as Readonly<Record<string, unknown>>;
    return isCount(balance) && isCount(sequence) ? { balance, sequence } : undefined;
  } catch {
    // Not ours: as good as absent, and overwritten by the next balance.
    return undefined;
  }
};
