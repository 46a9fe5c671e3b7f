import type { Document } from 'mongodb';
import type { Random } from '../../support/random.ts';
import { untilCounted } from '../../support/until.ts';
import { attackBodies, type BodyFindings } from './attack-bodies.ts';
import { type RunningTraffic, startGoodTraffic, type Traffic, trafficLine } from './good-traffic.ts';
import { judgeLedger } from './judge-ledger.ts';
import { floodPipelined, rawCases, sendRaw } from './raw.ts';
import { attackByReplay, replayedCustomer, type ReplayFindings } from './replays.ts';
import { attackSignatures, type SignatureFindings } from './signatures.ts';
import { attackSlowly, type SlowFindings } from './slow.ts';
import type { Stage } from './stage.ts';
import { customerIdAt } from '../../../src/ops/dev/sample-orders.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of each. */
export interface SiegeSize {
  readonly signatures: number;
  readonly bodies: number;
  readonly slowConnections: number;
  /** Of good traffic before the slow connections come, to compare with. */
  readonly baselineMs: number;
  readonly goodPerSecond: number;
}

export const fullSize: SiegeSize = {
  ...{ signatures: 10_000, bodies: 100_000, slowConnections: 2_000, baselineMs: 15_000, goodPerSecond: 200 },
};
export const shortSize: SiegeSize = {
  ...{ signatures: 800, bodies: 3_000, slowConnections: 400, baselineMs: 2_000, goodPerSecond: 50 },
};

export interface SiegeFindings {
  readonly signatures: SignatureFindings;
  readonly bodies: BodyFindings;
  readonly replays: ReplayFindings;
  readonly slow: SlowFindings;
  readonly raw: readonly string[];
  readonly traffic: { readonly alone: Traffic; readonly fuzzed: Traffic; readonly besideSlow: Traffic };
  /** What is wrong in the ledger of the shop that was attacked, and of its sibling. */
  readonly ledger: readonly string[];
  /** Whether the process that answers is the one that was started. */
  readonly hasLived: boolean;
}

/** Ids of orders, apart for each attack. */
const ids = {
  replays: 1_000_000,
  raw: 2_000_000,
  signatures: 3_000_000,
  bodies: 10_000_000,
  good: 500_000_000,
} as const;
/** Of a slow connection that nobody ends. */
const patienceMs = 25_000;
const flood = { requests: 20_000, mostMs: 25_000 } as const;

const attackRaw = async (stage: Stage): Promise<readonly string[]> => {
  const wrong: string[] = [];
  for (const { name, bytes, statuses } of rawCases(stage.hostile, ids.raw)) {
    const answered = await sendRaw(stage.port, bytes);
    if (answered.join() !== statuses.join()) wrong.push(`${name}: ${answered.join()}, not ${statuses.join()}`);
  }
  return wrong;
};

const ledgerFaults = async (
  stage: Stage,
  { taken, exact, points }: { readonly taken: BodyFindings['taken']; readonly exact: number; readonly points: number },
): Promise<readonly string[]> => {
  const { hostile, sibling } = stage;
  const entries = await stage.ledgerOf(hostile);
  const customerId = customerIdAt(hostile.merchantId, replayedCustomer);
  const isReplayed = (entry: Document): boolean => String(entry['customer_id']) === customerId;
  const replayed = entries.filter(isReplayed);
  const sum = replayed.at(-1)?.['balance_after'] as number;
  const ofExact = entries.filter((entry) => {
    const id = Number(entry['order_id']);
    return id >= ids.signatures && id < ids.bodies;
  });
  const smuggled = entries.filter((entry) => ['2000000', '2000001'].includes(String(entry['order_id'])));
  const rest = entries.filter((entry) => !isReplayed(entry) && !ofExact.includes(entry));
  return [
    ...judgeLedger(rest, taken),
    ...(smuggled.length === 0 ? [] : ['A smuggled order is in the ledger']),
    ...(ofExact.length === exact ? [] : [`${ofExact.length} orders by signature, and ${exact} were exact`]),
    ...(replayed.length === 2 && sum === points
      ? []
      : [`The replayed order: ${replayed.length} entries, ${sum} points`]),
    ...(await stage.ledgerOf(sibling)).map((entry) => `At the sibling: ${String(entry['event_id'])}`),
  ];
};

/** All attacks, one after the other, while good orders come. */
export const besiege = async (
  stage: Stage,
  size: SiegeSize,
  { random, say }: { readonly random: Random; readonly say: (line: string) => void },
): Promise<SiegeFindings> => {
  const { pid } = stage.ingress;
  let sentGood = 0;
  const goodFrom = (): RunningTraffic => startGoodTraffic(stage, size.goodPerSecond, ids.good + sentGood);
  const stopped = async (running: RunningTraffic, what: string): Promise<Traffic> => {
    const traffic = await running.stop();
    sentGood += traffic.sent;
    say(`${what}: ${trafficLine(traffic)}`);
    return traffic;
  };

  const replays = await attackByReplay(stage, ids.replays);
  say(`${replays.sent} replays, ${replays.wrong.length} wrong`);
  const raw = await attackRaw(stage);
  const isLetGo = await floodPipelined(stage.port, flood.requests, flood.mostMs);
  say(`requests that are none, ${raw.length} wrong; a flood is ${isLetGo ? '' : 'not '}let go`);
  const signatures = await attackSignatures(stage, { count: size.signatures, random, idFrom: ids.signatures });
  say(`${signatures.sent} signatures, ${signatures.exact} exact, ${signatures.wrong.length} wrong`);

  // Before the bodies: what good traffic alone makes the process grow to is not their doing.
  const quiet = goodFrom();
  await sleep(size.baselineMs);
  const alone = await stopped(quiet, 'alone');
  const beside = goodFrom();
  const bodies = await attackBodies(stage, { count: size.bodies, random, idFrom: ids.bodies });
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
  say(
    `${bodies.sent} bodies, ${JSON.stringify(bodies.statuses)}, ${bodies.wrong.length} wrong, ${bodies.unavailable} sent again, ${bodies.taken.length} taken`,
  );
  say(`memory +${mib(bodies.growth.atMost)} MiB at most, +${mib(bodies.growth.after)} MiB after`);
  say(`slowest ${bodies.slowest.tookMs.toFixed(0)} ms: ${bodies.slowest.what.slice(0, 100)}`);
  const fuzzed = await stopped(beside, 'beside the bodies');

  const under = goodFrom();
  const slow = await attackSlowly(stage.port, { count: size.slowConnections, mostMs: patienceMs });
  say(
    `${slow.connections} slow connections: half gone after ${slow.halfMs} ms, the last after ${slow.longestMs} ms, ${slow.open} open`,
  );
  say(JSON.stringify(slow.byKind));
  const besideSlow = await stopped(under, 'beside the slow connections');

  const good = sentGood + 1_500;
  const goodEntries = async (): Promise<number> => (await stage.ledgerOf(stage.good)).length;
  await untilCounted('The good shop’s ledger', goodEntries, good, 60_000);
  const counted = async (): Promise<number> => (await stage.ledgerOf(stage.hostile)).length;
  await untilCounted('The hostile shop’s ledger', counted, signatures.exact + 2, 60_000);
  const { taken } = bodies;
  const ledger = await ledgerFaults(stage, { taken, exact: signatures.exact, points: replays.points });
  return {
    ...{ signatures, bodies, replays, slow, ledger },
    raw: isLetGo ? raw : [...raw, 'a flood of requests: the connection is held'],
    traffic: { alone, fuzzed, besideSlow },
    hasLived: stage.ingress.pid === pid && (await stage.residentBytes()) > 0,
  };
};
