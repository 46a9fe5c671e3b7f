import type { Check } from '../rig/checks.ts';
import type { Circumstances } from './measured.ts';
import type { Row, Target } from './rows.ts';

const shareText = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(1)} %`);
const targetText = ({ text, isReached }: Target): string => `${text}: ${isReached ? 'reached' : 'NOT reached'}`;

const cellsOf = ({ name, value, ofCeiling, targets, note }: Row): readonly string[] => [
  ...[name, value, shareText(ofCeiling), targets.map(targetText).join('; '), note],
];

/** The table as Markdown, aligned so that it can be read as it is. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [['', 'measured', 'of the ceiling', 'target', ''], ...rows.map(cellsOf)];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0), 3));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = lines;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}

/** What was looked at, in one line; and each that is wrong. */
export function checksText(checks: readonly Check[], failed: readonly Check[]): string {
  const wrong = failed.map(
    ({ part, what, found, expected }) => `  WRONG  ${part}: ${what} ${found}, not ${expected}\n`,
  );
  return `${checks.length} checks, ${failed.length} wrong.\n${wrong.join('')}`;
}

/** `results/latest.md`. */
export const pageOf = (rows: readonly Row[], { machine, commit, settings }: Circumstances): string =>
  [
    '# The last whole run',
    '',
    'Written by `npm run bench`; what each line means is in `perf/README.md`.',
    '',
    tableOf(rows),
    '![chart](latest.svg)',
    '',
    `Machine ${JSON.stringify(machine)}, commit ${commit}, settings ${JSON.stringify(settings)}.`,
    '',
  ].join('\n');
