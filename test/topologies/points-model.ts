import type { IngestCommand } from '../../src/contracts/index.ts';

interface OrderOfModel {
  given: number | null;
  amount: number;
  taken: number;
  refunded: number;
  isCancelled: boolean;
  early: number[];
}

interface RedemptionOfModel {
  owner: string;
  points: number;
  reward: string;
  status: 'pending' | 'completed' | 'failed';
  dueAt: number;
}

const pointPer = 100;

/**
 * What balances must be, worked out as simply as can be and without a line of the service's: one command after the other,
 * each once. Every merchant earns a point for 100 minor units of USD, refuses tills that overdraw and forgives.
 */
export class PointsModel {
  readonly balances = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #orders = new Map<string, OrderOfModel>();
  readonly #redemptions = new Map<string, RedemptionOfModel>();
  readonly #answers = new Map<string, 'completed' | 'failed'>();
  readonly #timeoutMs: number;
  readonly #bonus: number;

  constructor(timeoutMs: number, bonus: number) {
    this.#timeoutMs = timeoutMs;
    this.#bonus = bonus;
  }

  tell({ event_id, merchant_id, customer_id, command }: IngestCommand, now: number): void {
    const event = `${merchant_id}:${event_id}`;
    if (this.#done.has(event)) return;
    this.#done.add(event);
    const owner = `${merchant_id}:${customer_id}`;
    const created = command['points.OrderCreated'];
    if (created !== undefined) this.#earn(owner, `${merchant_id}:${created.order_id}`, created.amount_minor);
    const cancelled = command['points.OrderCancelled'];
    if (cancelled !== undefined) this.#takeBack(`${merchant_id}:${cancelled.order_id}`, null);
    const refunded = command['points.OrderRefunded'];
    if (refunded !== undefined) this.#takeBack(`${merchant_id}:${refunded.order_id}`, refunded.amount_minor);
    const till = command['points.PosTransaction'];
    if (till?.type === 'earn') this.#move(owner, till.points);
    if (till?.type === 'spend' && this.#of(owner) >= till.points) this.#move(owner, -till.points);
    if (command['points.TierAssigned'] !== undefined) this.#move(owner, this.#bonus);
    const asked = command['points.RedemptionRequested'];
    if (asked !== undefined) {
      const key = `${merchant_id}:${asked.idempotency_token}`;
      this.#redeem(key, owner, asked.points, `${merchant_id}:${asked.reward_id}`, now);
    }
    const answer = command['points.RedemptionSettled'];
    if (answer !== undefined) this.#settle(`${merchant_id}:${answer.idempotency_token}`, answer.outcome);
  }

  /** The wall clock has come here. */
  pass(now: number): void {
    for (const redemption of this.#redemptions.values()) {
      if (redemption.status === 'pending' && redemption.dueAt <= now) this.#fail(redemption);
    }
  }

  readonly #owners = new Map<string, string>();

  #earn(owner: string, key: string, amount: number): void {
    const before = this.#orders.get(key) ?? { taken: 0, refunded: 0, isCancelled: false, early: [] };
    const order: OrderOfModel = { ...before, given: Math.floor(amount / pointPer), amount, early: [] };
    this.#orders.set(key, order);
    this.#owners.set(key, owner);
    this.#move(owner, Math.floor(amount / pointPer));
    for (const early of before.early) this.#take(key, order, early);
    if (before.isCancelled) this.#take(key, order, null);
  }

  #takeBack(key: string, amount: number | null): void {
    const order = this.#orders.get(key) ?? {
      given: null,
      amount: 0,
      taken: 0,
      refunded: 0,
      isCancelled: false,
      early: [],
    };
    this.#orders.set(key, order);
    if (amount === null) order.isCancelled = true;
    if (order.given !== null) this.#take(key, order, amount);
    else if (amount !== null) order.early.push(amount);
  }

  #take(key: string, order: OrderOfModel, amount: number | null): void {
    order.refunded += amount ?? 0;
    const left = amount === null ? 0 : Math.floor(Math.max(0, order.amount - order.refunded) / pointPer);
    const due = Math.max(0, (order.given ?? 0) - order.taken - left);
    order.taken += due;
    const owner = this.#owners.get(key) ?? '';
    this.#move(owner, -Math.min(due, Math.max(0, this.#of(owner))));
  }

  #redeem(key: string, owner: string, points: number, reward: string, now: number): void {
    const isTaken = [...this.#redemptions.values()].some(
      (other) => other.reward === reward && other.status !== 'failed',
    );
    const status = isTaken || this.#of(owner) < points ? 'failed' : 'pending';
    const redemption: RedemptionOfModel = { owner, points, reward, status, dueAt: now + this.#timeoutMs };
    this.#redemptions.set(key, redemption);
    if (status === 'failed') return;
    this.#move(owner, -points);
    const answer = this.#answers.get(key);
    if (answer !== undefined) this.#settle(key, answer);
  }

  #settle(key: string, outcome: 'completed' | 'failed'): void {
    const redemption = this.#redemptions.get(key);
    if (redemption === undefined) {
      if (!this.#answers.has(key)) this.#answers.set(key, outcome);
    } else if (redemption.status === 'pending') {
      if (outcome === 'failed') this.#fail(redemption);
      else redemption.status = 'completed';
    }
  }

  #fail(redemption: RedemptionOfModel): void {
    redemption.status = 'failed';
    this.#move(redemption.owner, redemption.points);
  }

  #of(owner: string): number {
    return this.balances.get(owner) ?? 0;
  }

  #move(owner: string, points: number): void {
    this.balances.set(owner, this.#of(owner) + points);
  }
}
