import type { Measured } from './measured.ts';

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
}

const width = 640;
const left = 150;
const barHeight = 18;
const step = 26;
const longest = width - left - 110;
const colour = '#3b6ea8';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`;

/** Bars under a title, as long as their value is of the greatest. */
function barsOf(title: string, top: number, bars: readonly Bar[]): string {
  const greatest = Math.max(...bars.map(({ value }) => value), 1e-9);
  const lines = bars.map(({ name, value, label }, index) => {
    const y = top + 14 + index * step;
    const length = Math.max(1, (value / greatest) * longest).toFixed(1);
    const baseline = y + barHeight - 5;
    return [
      text(left - 8, baseline, name, ' text-anchor="end"'),
      `<rect x="${left}" y="${y}" width="${length}" height="${barHeight}" fill="${colour}"/>`,
      text(left + Number(length) + 6, baseline, label),
    ].join('');
  });
  return [text(8, top, title, ' font-weight="bold"'), ...lines].join('\n');
}

const rate = (name: string, value: number | undefined): readonly Bar[] =>
  value === undefined ? [] : [{ name, value, label: `${Math.round(value).toLocaleString('en')}/s` }];

/** A small picture of a run: rates, and latencies at each rate. */
export function chartOf({ points, endToEnd, naive, latency }: Measured): string {
  const rates = [
    ...rate('plain copy', points?.copyPlain.median),
    ...rate('transactional copy', points?.copyTransactional.median),
    ...rate('points', points?.points.median),
    ...rate('end to end', endToEnd ?? undefined),
    ...rate('naive', naive ?? undefined),
  ];
  const latencies = (latency ?? []).flatMap(({ ratePerSecond, balance }): Bar[] =>
    (['p50', 'p99'] as const).map((name) => ({
      ...{ name: `${name} at ${ratePerSecond}/s`, value: balance[name], label: `${balance[name]} ms` },
    })),
  );
  const second = 34 + rates.length * step + 26;
  const height = second + latencies.length * step + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    barsOf('Events a second', 22, rates),
    barsOf('From ingest to the balance in Redis', second, latencies),
    '</svg>\n',
  ].join('\n');
}
