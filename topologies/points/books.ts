import { type IngestCommand, nilUuid } from '../../src/contracts/index.ts';
import {
  type Account,
  type Command,
  type Decision,
  type DecisionState,
  evolve,
  initialAccount,
  type OrderHistory,
  ownerOf,
  type Redemption,
} from '../../src/domain/index.ts';
import type { KeyValueStore, ProcessorContext, StoreDefinition } from '../../src/streams/index.ts';
import type { PointsSerdes } from './ports.ts';
import { accountKey } from './records.ts';
import { orderHistoryOf, orderStateOf, redemptionOf, redemptionStateOf } from './states.ts';
import { accountsStore, deadlinesStore, ordersStore, redemptionsStore, rewardsStore } from './stores.ts';

/** What a command is decided on, and whose account it is. */
export interface Opened {
  readonly merchantId: string;
  readonly customerId: string;
  readonly state: DecisionState;
}

/** `merchant_id:idempotency_token`, after the time it is due: the store's order is that of the deadlines. */
const deadlineKey = (expiresAt: number, key: string): string => `${String(expiresAt).padStart(16, '0')}:${key}`;

/** Every store a decision is made on and written to. */
export interface BookStores {
  readonly accounts: ReturnType<typeof accountsStore>;
  readonly orders: ReturnType<typeof ordersStore>;
  readonly redemptions: ReturnType<typeof redemptionsStore>;
  readonly rewards: ReturnType<typeof rewardsStore>;
  readonly deadlines: StoreDefinition<string>;
}

export const bookStores = (serdes: PointsSerdes): BookStores => ({
  accounts: accountsStore(serdes.accounts),
  orders: ordersStore(serdes.orders),
  redemptions: redemptionsStore(serdes.redemptions),
  rewards: rewardsStore(serdes.rewards),
  deadlines: deadlinesStore(),
});

/** All of them, for a processor to declare. */
export const allOf = ({
  accounts,
  orders,
  redemptions,
  rewards,
  deadlines,
}: BookStores): readonly StoreDefinition[] => [accounts, orders, redemptions, rewards, deadlines];

type Store<Name extends keyof BookStores> =
  BookStores[Name] extends StoreDefinition<infer V> ? KeyValueStore<V> : never;

/** The books of a task: accounts, orders and redemptions of its merchants, as decisions read and change them. */
export class Books {
  readonly #accounts: Store<'accounts'>;
  readonly #orders: Store<'orders'>;
  readonly #redemptions: Store<'redemptions'>;
  readonly #rewards: Store<'rewards'>;
  readonly #deadlines: Store<'deadlines'>;

  constructor(context: Pick<ProcessorContext, 'store'>, stores: BookStores) {
    this.#accounts = context.store(stores.accounts);
    this.#orders = context.store(stores.orders);
    this.#redemptions = context.store(stores.redemptions);
    this.#rewards = context.store(stores.rewards);
    this.#deadlines = context.store(stores.deadlines);
  }

  /** Loads what these records will be decided on: two look-ups for all of them, however many there are. */
  async load(records: readonly IngestCommand[]): Promise<void> {
    const orders: string[] = [];
    const redemptions: string[] = [];
    const rewards: string[] = [];
    for (const { merchant_id, command } of records) {
      const order = orderIdIn(command);
      if (order !== null) orders.push(`${merchant_id}:${order}`);
      const token = tokenIn(command);
      if (token !== null) redemptions.push(`${merchant_id}:${token}`);
      const reward = command['points.RedemptionRequested']?.reward_id;
      if (reward !== undefined) rewards.push(`${merchant_id}:${reward}`);
    }
    await Promise.all([
      this.#accounts.load(records.filter(({ customer_id }) => customer_id !== nilUuid).map(accountKey)),
      orders.length > 0 && this.#orders.load(orders),
      redemptions.length > 0 && this.#redemptions.load(redemptions),
      rewards.length > 0 && this.#rewards.load(rewards),
    ]);
    const owners = records.flatMap((record) => this.#ownersToLoad(record));
    if (owners.length > 0) await this.#accounts.load(owners);
  }

  /** The account of somebody of whom no command speaks. */
  account(merchantId: string, customerId: string): Account {
    return this.#accounts.get(`${merchantId}:${customerId}`) ?? initialAccount();
  }

  /** What this command is decided on. @param now wall clock, in milliseconds since the epoch */
  open(merchantId: string, command: Command, now: number): Opened {
    const order =
      'orderId' in command && command.orderId !== null ? this.#order(merchantId, command.orderId) : undefined;
    const redemption =
      'idempotencyToken' in command && command.kind !== 'PosTransaction'
        ? this.#redemption(merchantId, command.idempotencyToken)
        : undefined;
    const rewardHolder =
      command.kind === 'RedemptionRequested'
        ? this.#rewards.get(`${merchantId}:${command.rewardId}`)?.redemption_id
        : undefined;
    const customerId = ownerOf(command, { order, redemption });
    const account = this.account(merchantId, customerId);
    return { merchantId, customerId, state: { account, order, redemption, rewardHolder, now } };
  }

  /** Writes what was decided. @returns the account after it */
  keep({ merchantId, customerId, state }: Opened, command: Command, decision: Decision): Account {
    const after = decision.entries.reduce<Account>(evolve, state.account);
    if (decision.entries.length > 0) this.#accounts.put(`${merchantId}:${customerId}`, after);
    if (decision.order !== undefined && 'orderId' in command && command.orderId !== null) {
      this.#orders.put(`${merchantId}:${command.orderId}`, orderStateOf(decision.order));
    }
    if (decision.redemption !== undefined) this.#keepRedemption(merchantId, decision.redemption, state.redemption);
    return after;
  }

  /** Pending redemptions that are due, the oldest first. @param limit how many at most */
  async due(
    now: number,
    limit: number,
  ): Promise<readonly { readonly merchantId: string; readonly redemption: Redemption }[]> {
    const entries = await this.#deadlines.range({ to: deadlineKey(now + 1, ''), limit });
    if (entries.length === 0) return [];
    await this.#redemptions.load(entries.map(([, key]) => key));
    const due = entries.flatMap(([deadline, key]) => {
      const state = this.#redemptions.get(key);
      if (state?.status === 'pending')
        return [{ merchantId: key.slice(0, key.indexOf(':')), redemption: redemptionOf(state) }];
      this.#deadlines.delete(deadline);
      return [];
    });
    await this.#accounts.load(due.map(({ merchantId, redemption }) => `${merchantId}:${redemption.customerId}`));
    return due;
  }

  #keepRedemption(merchantId: string, redemption: Redemption, before: Redemption | undefined): void {
    const { status, rewardId, redemptionId, idempotencyToken, expiresAt } = redemption;
    const key = `${merchantId}:${idempotencyToken}`;
    this.#redemptions.put(key, redemptionStateOf(redemption));
    if (before?.status === 'pending') this.#deadlines.delete(deadlineKey(before.expiresAt, key));
    if (status === 'pending') this.#deadlines.put(deadlineKey(expiresAt, key), key);
    const reward = `${merchantId}:${rewardId}`;
    if (status === 'pending' || status === 'completed') this.#rewards.put(reward, { redemption_id: redemptionId });
    // The reward was not given: it may be redeemed again, under another token.
    else if (status === 'failed' && this.#rewards.get(reward)?.redemption_id === redemptionId)
      this.#rewards.delete(reward);
  }

  #order(merchantId: string, orderId: string): OrderHistory | undefined {
    const state = this.#orders.get(`${merchantId}:${orderId}`);
    return state === undefined ? undefined : orderHistoryOf(state);
  }

  #redemption(merchantId: string, token: string): Redemption | undefined {
    const state = this.#redemptions.get(`${merchantId}:${token}`);
    return state === undefined ? undefined : redemptionOf(state);
  }

  /** Whose account an order or a redemption names that the record itself does not. */
  #ownersToLoad({ merchant_id, customer_id, command }: IngestCommand): readonly string[] {
    const order = command['points.OrderCancelled'] ?? command['points.OrderRefunded'];
    const token = command['points.RedemptionSettled']?.idempotency_token;
    const owner =
      order === undefined
        ? token === undefined
          ? undefined
          : this.#redemptions.get(`${merchant_id}:${token}`)?.customer_id
        : this.#orders.get(`${merchant_id}:${order.order_id}`)?.customer_id;
    return owner === undefined || owner === customer_id ? [] : [`${merchant_id}:${owner}`];
  }
}

const orderIdIn = (command: IngestCommand['command']): string | null =>
  (
    command['points.OrderCreated'] ??
    command['points.OrderCancelled'] ??
    command['points.OrderRefunded'] ??
    command['points.PosTransaction']
  )?.order_id ?? null;

const tokenIn = (command: IngestCommand['command']): string | null =>
  (command['points.RedemptionRequested'] ?? command['points.RedemptionSettled'])?.idempotency_token ?? null;
