import type { SampleOutcome } from './run-samples.ts';

/** Right-to-left text keeps to itself between these, and the columns around it stay where they are. */
const isolated = (text: string): string => `\u2068${text}\u2069`;

const columns = { order: 36, points: 7, balance: 9 } as const;

/** The head of the table that `outcomeLines` fills. */
export const samplesHead = (): string =>
  [
    'order'.padEnd(columns.order),
    'points'.padStart(columns.points),
    'balance'.padStart(columns.balance),
    '  as the customer reads it (gRPC: en, ar, he)',
  ].join('');

/** One sample as lines of a table; what is wrong stands beneath. */
export const outcomeLines = ({ sample, balance, descriptions, answer, faults }: SampleOutcome): string => {
  const points = sample.points > 0 ? `+${sample.points}` : '0';
  const said =
    descriptions === null ? answer : `${descriptions.en} · ${isolated(descriptions.ar)} · ${isolated(descriptions.he)}`;
  const line = [
    sample.title.padEnd(columns.order),
    points.padStart(columns.points),
    (balance === null ? '–' : String(balance)).padStart(columns.balance),
    `  ${said}`,
  ].join('');
  return [line, ...faults.map((fault) => `  WRONG: ${fault}`)].join('\n');
};
