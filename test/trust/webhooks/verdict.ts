import type { Traffic } from './good-traffic.ts';
import type { SiegeFindings } from './siege.ts';

const mebibyte = 1024 * 1024;
const growthMiB = 64;
const reapedWithinMs = 10_000;
const leastRate = 0.9;

const faultsOf = (what: string, { sent, taken, notReady, others }: Traffic): readonly string[] => [
  ...(taken === sent && sent > 0 ? [] : [`${what}: ${taken} of ${sent} good orders taken, ${JSON.stringify(others)}`]),
  ...(notReady === 0 ? [] : [`${what}: not ready ${notReady} times`]),
];

/** Everything that is not as it must be; empty when the siege was withstood. */
export const faultsIn = (found: SiegeFindings): readonly string[] => {
  const { signatures, bodies, replays, slow, raw, traffic, ledger, hasLived } = found;
  const ratio = traffic.besideSlow.perSecond / traffic.alone.perSecond;
  return [
    ...signatures.wrong.map((line) => `signature: ${line}`),
    ...bodies.wrong.map((line) => `body: ${line}`),
    ...replays.wrong.map((line) => `replay: ${line}`),
    ...raw.map((line) => `request: ${line}`),
    ...ledger.map((line) => `ledger: ${line}`),
    ...faultsOf('alone', traffic.alone),
    ...faultsOf('beside the bodies', traffic.fuzzed),
    ...faultsOf('beside the slow connections', traffic.besideSlow),
    ...(bodies.growth.atMost <= growthMiB * mebibyte
      ? []
      : [`memory: +${Math.round(bodies.growth.atMost / mebibyte)} MiB`]),
    ...(slow.open === 0 && slow.refused === 0 ? [] : [`slow: ${slow.open} open, ${slow.refused} refused`]),
    ...(slow.longestMs <= reapedWithinMs
      ? []
      : [`slow: one lived for ${slow.longestMs} ms, ${JSON.stringify(slow.byKind)}`]),
    ...(ratio >= leastRate ? [] : [`good traffic: ${ratio.toFixed(2)} of its rate beside the slow connections`]),
    ...(hasLived ? [] : ['The process that answers is another one']),
  ];
};
