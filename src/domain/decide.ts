import type { Account } from './account.ts';
import type { Command, OrderCreated } from './commands.ts';
import { pointsFor, ruleText } from './earning.ts';
import type { Entry } from './entry.ts';
import { RejectedCommandError } from './errors.ts';
import type { MerchantSettings } from './merchant.ts';

/** What of a merchant's settings a decision depends on. */
export type DecisionSettings = Pick<MerchantSettings, 'currency' | 'earningRule'>;

const balancePlus = (account: Account, points: number): number => {
  const balance = account.balance + points;
  if (Number.isSafeInteger(balance)) return balance;
  throw new RejectedCommandError('BALANCE_OVERFLOW', 'Balance would be more than can be counted', { points });
};

const decideOrder = (account: Account, order: OrderCreated, settings: DecisionSettings): readonly Entry[] => {
  if (order.currency !== settings.currency) {
    throw new RejectedCommandError(
      'CURRENCY_MISMATCH',
      `Order is in ${order.currency}, but the merchant earns on ${settings.currency}`,
      { expected: settings.currency, actual: order.currency },
    );
  }
  // An order too small for a point makes an entry all the same: so the ledger knows the event for ever, like any other.
  const points = pointsFor(order.amountMinor, settings.earningRule);
  return [
    {
      eventId: order.eventId,
      eventType: 'order.created',
      customerId: order.customerId,
      type: 'earn',
      points,
      sequence: account.sequence + 1,
      balanceAfter: balancePlus(account, points),
      rule: ruleText(settings.earningRule),
      locale: order.locale,
      occurredAt: order.occurredAt,
      orderId: order.orderId,
      amountMinor: order.amountMinor,
    },
  ];
};

/**
 * What a command means for an account, as ledger entries in order; `evolve` applies them. Pure: whether the event was
 * seen before is known, and asked, elsewhere.
 * @throws RejectedCommandError when the merchant's rules refuse it for good
 */
export const decide = (account: Account, command: Command, settings: DecisionSettings): readonly Entry[] => {
  switch (command.kind) {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the union has one kind so far
    case 'OrderCreated':
      return decideOrder(account, command, settings);
  }
};
