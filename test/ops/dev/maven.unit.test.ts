import { expect, test } from 'vitest';
import { countDownloads } from '../../../src/ops/dev/maven.ts';

test('adds up what Maven has downloaded and what it is downloading, in whatever pieces its output comes', () => {
  const told: number[] = [];
  const hear = countDownloads((bytes) => told.push(Math.round(bytes)));
  const output =
    'Downloading from central: https://example/a.jar\n' +
    'Progress (1): 16/21 kB\rProgress (1): 21 kB   \r' +
    'Downloaded from central: https://example/a.jar (21 kB at 75 kB/s)\n' +
    'Progress (2): 1.5/109 MB | 512 B\r' +
    '[INFO] Downloaded from central: https://example/b.tar.gz (109 MB at 10 MB/s)\n';
  for (let at = 0; at < output.length; at += 7) hear(output.slice(at, at + 7));
  expect(told).toEqual([16_000, 21_000, 21_000, 1_521_512, 109_021_000]);
});
