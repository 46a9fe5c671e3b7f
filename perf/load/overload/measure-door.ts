import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../rig/say.ts';
import { flood, type FloodResult, type Send } from './flood.ts';

/** What callers are promised. */
export const objective = { p99Ms: 200, failedShare: 0.005 } as const;

export interface DoorResult {
  /** The highest rate tried at which the objective is kept and nothing is shed, a second. */
  readonly rate_that_fits: number;
  /** At half of that rate, everybody alike: what the same run's overload is read beside. */
  readonly before: FloodResult;
  /** At ten times that rate, nine tenths of it of one merchant. */
  readonly overload: FloodResult;
  /** After it, as before it. */
  readonly after: FloodResult;
  readonly most_resident_mib: number;
}

export interface DoorRun {
  readonly name: string;
  readonly send: Send;
  readonly merchants: number;
  readonly seconds: number;
  /** Where the search begins, a second. */
  readonly firstRate: number;
  readonly resident: () => Promise<() => number>;
}

const times = 10;
const probeSeconds = 3;
const finerSteps = 2;

const keeps = ({ all }: FloodResult): boolean =>
  all.admitted_p99_ms < objective.p99Ms && (all.shed + all.failed) / all.offered < objective.failedShare;

async function findRate({ name, send, merchants, firstRate }: DoorRun): Promise<number> {
  const fits = async (ratePerSecond: number): Promise<boolean> => {
    const result = await flood({ ratePerSecond, seconds: probeSeconds, merchants, shareOfFirst: 1 / merchants, send });
    const { admitted_p99_ms: p99, shed, failed } = result.all;
    say(`${name}: ${ratePerSecond}/s: p99 ${p99} ms, ${shed} shed, ${failed} failed`);
    await sleep(500);
    return keeps(result);
  };
  let best = 0;
  let rate = firstRate;
  while (await fits(rate)) {
    best = rate;
    rate *= 2;
  }
  if (best === 0) throw new Error(`Not even ${firstRate} a second fit through ${name}`);
  let tooMuch = rate;
  for (let step = 0; step < finerSteps; step += 1) {
    const between = Math.round((best + tooMuch) / 2);
    if (await fits(between)) best = between;
    else tooMuch = between;
  }
  return best;
}

/** Finds what fits through a door, sends ten times as much, and looks what that does to those who send little. */
export async function measureDoor(run: DoorRun): Promise<DoorResult> {
  const { name, send, merchants, seconds } = run;
  // The compiler of the server's process needs some thousand calls before it is done.
  await flood({ ratePerSecond: run.firstRate, seconds: 10, merchants, shareOfFirst: 1 / merchants, send });
  const rate = await findRate(run);
  say(`${name}: ${rate} a second fit`);
  const calm = { ratePerSecond: Math.round(rate / 2), seconds, merchants, shareOfFirst: 1 / merchants, send };
  const before = await flood(calm);
  const resident = await run.resident();
  const overload = await flood({ ratePerSecond: rate * times, seconds, merchants, shareOfFirst: 0.9, send });
  const most = resident();
  say(`${name}: ${rate * times} a second offered, ${overload.admitted_per_second} admitted`);
  await sleep(2_000);
  const after = await flood(calm);
  return { rate_that_fits: rate, before, overload, after, most_resident_mib: most };
}
