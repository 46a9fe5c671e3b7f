import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';
import { type DoorAnswer, eachOf, openDoor, type Posting } from './door.ts';
import { type FuzzedBody, fuzzedBodies } from './fuzzed-bodies.ts';
import { nastyBodies } from './nasty-bodies.ts';
import { orderOf } from './orders.ts';
import type { Stage } from './stage.ts';

/** What a body that was taken must have done, by a reading of its own. */
export interface Taken {
  readonly eventId: string;
  readonly topic: string;
  readonly body: Buffer;
}

export interface BodyFindings {
  readonly sent: number;
  /** Answers 503 to what was taken when it came again. */
  readonly unavailable: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers that should not have been. */
  readonly wrong: readonly string[];
  readonly taken: readonly Taken[];
  /** The slowest answer, in milliseconds, and what it was to. */
  readonly slowest: { readonly what: string; readonly tookMs: number };
  /** How much more memory the ingress had at most than when the attack began, and has a while after it; in bytes. */
  readonly growth: { readonly atMost: number; readonly after: number };
}

/** As many as a busy shop's deliveries come at once; of those that take longest, fewer. */
const atOnce = { fuzzed: 16, nasty: 4 } as const;
/** How often a delivery is sent again that cannot be taken now, as Shopify does. */
const mostTries = 10;
const againAfterMs = 500;
const sampleEvery = 500;
const quote = (body: Buffer): string => JSON.stringify(body.subarray(0, 300).toString());

/** Code that has run before takes memory once; only what comes after counts. */
const warmUp = async (stage: Stage, idFrom: number): Promise<void> => {
  const door = openDoor(stage.port, atOnce.fuzzed);
  const bodies = Array.from({ length: 1_500 }, (_, index) => orderOf(idFrom + index, 9, { note: 'x'.repeat(10_000) }));
  await eachOf(bodies, atOnce.fuzzed, async (body) => {
    await door.post({ topic: 'orders/create', shop: stage.good, body });
  });
  door.close();
};

/**
 * Sends every named nasty body, then fuzzed ones.
 * @param idFrom where the ids of orders begin; as many as bodies, and some thousand more
 */
export const attackBodies = async (
  stage: Stage,
  { count, random, idFrom }: { readonly count: number; readonly random: Random; readonly idFrom: number },
): Promise<BodyFindings> => {
  await warmUp(stage, idFrom);
  const before = await stage.residentBytes();
  const door = openDoor(stage.port, atOnce.fuzzed);
  const statuses: Record<string, number> = {};
  const wrong: string[] = [];
  const taken: Taken[] = [];
  let [sent, most, unavailable] = [0, before, 0];
  let slowest = { what: '', tookMs: 0 };

  const note = async (what: string, { status, tookMs }: DoorAnswer): Promise<void> => {
    sent += 1;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (tookMs > slowest.tookMs) slowest = { what, tookMs };
    if (sent % sampleEvery === 0) most = Math.max(most, await stage.residentBytes());
  };
  /** Again, while it is in order and cannot be taken now: that is said of no body that is refused. */
  const deliver = async (posting: Posting): Promise<DoorAnswer> => {
    for (let tries = 1; ; tries += 1) {
      const answer = await door.post(posting);
      if (answer.status !== 503 || tries === mostTries) return answer;
      unavailable += 1;
      await sleep(againAfterMs);
    }
  };
  const keep = (topic: string, body: Buffer, { status, text }: DoorAnswer): void => {
    if (status !== 200) return;
    const answer = JSON.parse(text) as { readonly status: string; readonly event_id?: string };
    if (answer.event_id !== undefined) taken.push({ eventId: answer.event_id, topic, body });
  };

  await eachOf(nastyBodies(idFrom + 2_000), atOnce.nasty, async ({ name, status, ...rest }) => {
    const answer = await deliver({ topic: 'orders/create', shop: stage.hostile, ...rest });
    await note(name, answer);
    keep('orders/create', rest.body, answer);
    // Of a body that is far too large the answer may come, or the connection end, before it is sent.
    const isCut = status === 413 && answer.status === 0;
    if (answer.status !== status && !isCut)
      wrong.push(`${name}: ${String(answer.status)}, not ${String(status)} (${answer.text.slice(0, 200)})`);
  });
  const send = async ({ topic, body, isSigned }: FuzzedBody): Promise<void> => {
    const headers = isSigned ? {} : { 'x-shopify-hmac-sha256': 'x'.repeat(43) + '=' };
    const answer = await deliver({ topic, shop: stage.hostile, body, headers });
    await note(quote(body), answer);
    keep(topic, body, answer);
    const allowed = isSigned ? [200, 400] : [401];
    if (!allowed.includes(answer.status)) {
      wrong.push(`${topic} ${isSigned ? '' : 'not '}signed: ${String(answer.status)} for ${quote(body)}`);
    }
  };
  await eachOf(
    fuzzedBodies(count, random, { idFrom: idFrom + 3_000, shopDomain: stage.hostile.shopDomain }),
    atOnce.fuzzed,
    send,
  );
  most = Math.max(most, await stage.residentBytes());
  door.close();
  const after = await stage.residentBytes();
  return {
    sent,
    unavailable,
    statuses,
    wrong,
    taken,
    slowest,
    growth: { atMost: most - before, after: after - before },
  };
};
