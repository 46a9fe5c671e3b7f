import type { Finding } from './checker.ts';
import type { ObservedRun } from './observe.ts';
import type { ResumeWatch } from './resume-watch.ts';

export type Verdict = 'green' | 'red' | 'invalid';

/** Invalid where nothing is wrong but that too little was done. */
export const verdictOf = (findings: readonly { readonly kind: string }[]): Verdict => {
  if (findings.length === 0) return 'green';
  return findings.every(({ kind }) => kind === 'invalid-run') ? 'invalid' : 'red';
};

/** What a worker did that it must not, whatever is done to it. */
export interface Conduct {
  readonly kind: 'conduct';
  readonly what: string;
}

const shownOfKind = 8;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const faultLines = (watch: ResumeWatch): readonly string[] =>
  [...watch.counts()].sort().map(([name, count]) => {
    const faults = watch.faults.filter((fault) => fault.name === name);
    const resumed = faults.flatMap(({ healedAt, resumedAt }) =>
      healedAt === null || resumedAt === null ? [] : [resumedAt - healedAt],
    );
    const never = faults.filter(({ resumedAt }) => resumedAt === null).length;
    const longest = resumed.length === 0 ? 'not seen' : seconds(Math.max(...resumed));
    const open = never === 0 ? '' : `, ${String(never)} with no more input to see it by`;
    return `  ${name.padEnd(30)} ${String(count).padStart(4)}   all partitions committed again after at most ${longest}${open}`;
  });

const findingLines = (findings: readonly (Finding | Conduct)[]): readonly string[] =>
  Object.entries(Object.groupBy(findings, ({ kind }) => kind)).flatMap(([kind, ofKind]) => [
    `  ${kind}: ${String(ofKind.length)}`,
    ...ofKind.slice(0, shownOfKind).map(({ what }) => `    ${what}`),
  ]);

/** What a run tells at its end; the last line is the verdict. */
export const summary = (run: {
  readonly seed: number;
  readonly form: string;
  readonly tookMs: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly observed: ObservedRun;
  readonly watch: ResumeWatch;
  readonly amidFaults: number;
  /** What the workers said of themselves. */
  readonly said: ReadonlyMap<string, number>;
  readonly passed: ReadonlyMap<string, number>;
  readonly caughtUpMs: number;
  readonly findings: readonly (Finding | Conduct)[];
}): string => {
  const { observed, watch, findings } = run;
  const { partition, from, to } = watch.longestPause;
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([name, count]) => `${name} ${String(count)}`).join(', ');
  return [
    `Faults: ${run.form} form, seed ${String(run.seed)}, ${seconds(run.tookMs)}`,
    `Records: ${String(run.acknowledged)} acknowledged (${String(run.refused)} refused), input ${String(observed.input.length)}, ` +
      `output ${String(observed.output.length)}, changelog ${String(observed.changelog.length)}`,
    `Transactions on the output: ${String(observed.transactions.committed)} committed, ` +
      `${String(observed.transactions.aborted)} given up with ${String(observed.abortedRecords)} records`,
    `Requests through the proxies: ${list(run.passed)}`,
    `Workers: ${list(run.said)}`,
    `Faults done: ${String(watch.faults.length)}, ${String(run.amidFaults)} records were committed amid them`,
    ...faultLines(watch),
    `Longest time between two commits of a partition: ${seconds(to - from)} (partition ${String(partition)}, from ${seconds(from)})`,
    `Caught up ${seconds(run.caughtUpMs)} after the input ended, which was after the last fault had healed`,
    `Findings: ${String(findings.length)}`,
    ...findingLines(findings),
    `Verdict: ${verdictOf(findings)}`,
  ].join('\n');
};
