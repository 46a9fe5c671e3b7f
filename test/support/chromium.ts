import { type Browser, chromium } from 'playwright-core';
import { chromiumProgram } from '../../src/ops/dev/install-chromium.ts';
import type { OnEnd } from './mongo-database.ts';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A real browser, without a window; installed where it is not there yet. */
export const startChromium = async (onEnd: OnEnd): Promise<Browser> => {
  const executablePath = await chromiumProgram(process.env, (line) => void process.stderr.write(`${line}\n`));
  const browser = await chromium.launch({ executablePath, args: flags });
  onEnd(() => browser.close());
  return browser;
};
