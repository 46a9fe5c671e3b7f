/**
 * Sees orders arrive in Redis. It knows the sender's schedule and so which sequence each customer's balance must have
 * after each order; every few milliseconds one MGET asks for the customers who are waited for, and no others. What it
 * sees is late by its pause and a round trip at most. Of fast runs only every n-th customer is watched: they are all
 * alike, and watching must not be what keeps the machine busy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { answerParent } from '../rig/child.ts';
import { percentiles, type Percentiles } from '../rig/percentiles.ts';
import { customerOf, dueAt, monotonicMs, type Schedule } from '../rig/schedule.ts';

export interface WatchQuestion {
  readonly redis: string;
  readonly schedule: Schedule;
  /** Of each customer: where the balance lies. */
  readonly keys: readonly string[];
  /** Of each customer: the sequence before the first order. */
  readonly sequences: readonly number[];
  /** Watches the customers whose index this divides. */
  readonly everyNth: number;
  readonly pauseMs: number;
  /** Without anything seen for so long, while something is waited for. */
  readonly giveUpAfterMs: number;
}

export interface WatchAnswer {
  /** From when an order was due to when its balance was seen. */
  readonly latency: Percentiles;
  /** Between two looks: the resolution of what is measured. */
  readonly looks: Percentiles;
  /** Orders of watched customers that were not seen in time. */
  readonly missing: number;
}

/** The orders of one customer that are waited for, oldest first. */
interface Waiting {
  /** Due times. */
  readonly due: number[];
  /** The sequence that the first of them makes. */
  next: number;
}

const sequenceOf = (value: string | null | undefined): number =>
  value === null || value === undefined ? 0 : (JSON.parse(value) as { readonly sequence: number }).sequence;

async function watch(question: WatchQuestion): Promise<WatchAnswer> {
  const { schedule, keys, sequences, everyNth, pauseMs } = question;
  const redis = new Redis(question.redis);
  const waiting = new Map<number, Waiting>();
  const nextOf = sequences.map((sequence) => sequence + 1);
  const latencies = new Float64Array(schedule.orders);
  const looks = new Float64Array(1_000_000);
  let [seen, looked, order, missing] = [0, 0, 0, 0];
  let lookedAt = schedule.startMs;

  const addDue = (now: number): void => {
    for (; order < schedule.orders && dueAt(schedule, order) <= now; order += 1) {
      const customer = customerOf(schedule, order);
      if (customer % everyNth !== 0) continue;
      const waits = waiting.get(customer) ?? { due: [], next: nextOf[customer] ?? 1 };
      waits.due.push(dueAt(schedule, order));
      waiting.set(customer, waits);
    }
  };
  const take = (customer: number, sequence: number, now: number): void => {
    const waits = waiting.get(customer);
    while (waits !== undefined && waits.due.length > 0 && waits.next <= sequence) {
      latencies[seen] = now - (waits.due.shift() ?? now);
      seen += 1;
      waits.next += 1;
    }
    if (waits?.due.length === 0) {
      nextOf[customer] = waits.next;
      waiting.delete(customer);
    }
  };

  let seenAt = schedule.startMs;
  while (order < schedule.orders || waiting.size > 0) {
    await sleep(pauseMs);
    addDue(monotonicMs());
    if (waiting.size === 0) {
      lookedAt = monotonicMs();
      seenAt = lookedAt;
      continue;
    }
    const asked = [...waiting.keys()];
    const values = await redis.mget(asked.map((customer) => keys[customer] ?? ''));
    const now = monotonicMs();
    looks[looked % looks.length] = now - lookedAt;
    [looked, lookedAt] = [looked + 1, now];
    const before = seen;
    asked.forEach((customer, index) => take(customer, sequenceOf(values[index]), now));
    if (seen > before) seenAt = now;
    if (now > seenAt + question.giveUpAfterMs) {
      for (const { due } of waiting.values()) missing += due.length;
      break;
    }
  }
  redis.disconnect();
  const latency = percentiles(latencies.subarray(0, seen));
  return { latency, looks: percentiles(looks.subarray(0, Math.min(looked, looks.length))), missing };
}

answerParent(watch);
