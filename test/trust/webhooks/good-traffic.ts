import { setTimeout as sleep } from 'node:timers/promises';
import { openDoor } from './door.ts';
import { orderOf } from './orders.ts';
import type { Stage } from './stage.ts';

/** How genuine orders fared over a while. */
export interface Traffic {
  readonly sent: number;
  /** Answered 200 */
  readonly taken: number;
  /** Answers other than 200, and how often each came; 0 is none. */
  readonly others: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How often `/ready` was asked and answered other than 200. */
  readonly notReady: number;
}

export interface RunningTraffic {
  stop(): Promise<Traffic>;
}

const connections = 16;
const readyEveryMs = 500;

/**
 * Sends signed orders at a steady rate, whether or not the ones before are answered, and asks `/ready` meanwhile.
 * @param idFrom the first order's id; the next ones count up
 */
export const startGoodTraffic = (stage: Stage, perSecond: number, idFrom: number): RunningTraffic => {
  const door = openDoor(stage.port, connections);
  const watcher = openDoor(stage.port, 1);
  const tookMs: number[] = [];
  const others: Record<string, number> = {};
  const underWay = new Set<Promise<void>>();
  const since = performance.now();
  let [sent, taken, notReady, isOver] = [0, 0, 0, false];

  const send = async (): Promise<void> => {
    const body = orderOf(idFrom + sent, 1 + (sent % 50));
    sent += 1;
    const { status, tookMs: took } = await door.post({ topic: 'orders/create', shop: stage.good, body });
    tookMs.push(took);
    if (status === 200) taken += 1;
    else others[status] = (others[status] ?? 0) + 1;
  };
  const sending = (async () => {
    while (!isOver) {
      const due = Math.floor(((performance.now() - since) / 1000) * perSecond);
      while (sent < due) {
        const one: Promise<void> = send().finally(() => underWay.delete(one));
        underWay.add(one);
      }
      await sleep(5);
    }
    await Promise.all(underWay);
  })();
  const watching = (async () => {
    while (!isOver) {
      if ((await watcher.statusOf('/ready')) !== 200) notReady += 1;
      await sleep(readyEveryMs);
    }
  })();

  return {
    stop: async () => {
      isOver = true;
      await Promise.all([sending, watching]);
      const seconds = (performance.now() - since) / 1000;
      door.close();
      watcher.close();
      const sorted = tookMs.sort((one, other) => one - other);
      const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
      return { sent, taken, others, notReady, perSecond: taken / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
};

export const trafficLine = ({ sent, taken, perSecond, p50Ms, p99Ms, notReady, others }: Traffic): string =>
  `${taken} of ${sent} good orders taken, ${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ` +
  `not ready ${notReady} times${Object.keys(others).length === 0 ? '' : `, others ${JSON.stringify(others)}`}`;
