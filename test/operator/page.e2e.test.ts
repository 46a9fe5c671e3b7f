import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { pageRig, token } from './page-rig.ts';

const minute = 60_000;
const soon = { timeout: 20_000 };
/** Text that would act if anything took it for more than text. */
const hostile = "<img src=x onerror=document.title='owned'>";

let rig: Awaited<ReturnType<typeof pageRig>>;
let browser: Browser;

const closers: (() => Promise<void>)[] = [];
const onEnd = (close: () => Promise<void>): unknown => closers.push(close);

beforeAll(async () => {
  [rig, browser] = await Promise.all([pageRig(onEnd), startChromium(onEnd)]);
}, 5 * minute);

// The newest first: what runs on servers before the servers.
afterAll(async () => {
  for (const close of closers.reverse()) await close();
}, 2 * minute);

/** A browser of its own that has logged in; whatever its page complains of fails the test. */
const openPage = async (hash = '', size = { width: 1280, height: 800 }): Promise<Page> => {
  const context = await browser.newContext({ viewport: size });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(soon.timeout);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // Nobody is logged in at first, and the browser says that the answer was 401.
    if (message.type() === 'error' && !message.text().includes('401'))
      faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) void response.text().then((text) => faults.push(text));
  });
  onTestFinished(() => expect(faults).toEqual([]));
  await page.goto(`${rig.http}/operator${hash}`);
  await page.getByLabel('Operator token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation').waitFor();
  return page;
};

const widerThanItself = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

describe('the operators’ page in a real browser', () => {
  test('lets nobody in with another token, and keeps the right one out of the browser', async () => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`${rig.http}/operator`);
    await page.getByLabel('Operator token').fill('not the token, but as long as one is');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('This is not the operator token').waitFor(soon);
    await page.getByLabel('Operator token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('navigation').waitFor(soon);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/operator' });
    expect(cookie?.value).not.toContain(token);
    expect(await page.evaluate('document.cookie + JSON.stringify(localStorage)')).toBe('{}');
  });

  test('draws the topology with what flows, the tasks and their stores', async () => {
    const page = await openPage();
    await rig.order({ customer: 1, price: '10.00', locale: 'en' });
    await page.locator('.edge.flows text.rate').first().waitFor();
    await page.locator('.node.part .name', { hasText: 'points' }).click();
    await page.getByRole('row', { name: /0_3 RUNNING/ }).waitFor();
    await page.getByRole('row', { name: /^accounts 1 / }).waitFor({ timeout: 40_000 });
    await page.locator('.node.processor text', { hasText: 'dedupe' }).waitFor();
  });

  test('shows a dead letter with its reason, and replays it after a dry run', async () => {
    const orphan = randomUUID();
    await rig.orphan(orphan, hostile);
    const page = await openPage(`#/dead-letters?merchant=${orphan}`);
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Show' }).click();
        return page.getByRole('row', { name: /UNKNOWN_MERCHANT/ }).count();
      }, soon)
      .toBe(1);
    await page.locator('.letters a').click();
    await page.getByText('Nobody knew the merchant').waitFor();
    // The hostile correlation id is read, and is text.
    await page.locator('pre', { hasText: hostile }).first().waitFor();
    await rig.addMerchant(orphan);
    await page.getByRole('button', { name: 'Replay…' }).click();
    await page.getByText('1 record would be copied').waitFor();
    await page.getByText('nothing has been copied').waitFor();
    await page.getByRole('button', { name: 'Copy 1 record now' }).click();
    await page.getByText('Done: 1 record copied').waitFor();
    await page.getByRole('link', { name: 'Follow this replay' }).waitFor();
    // It was decided: the merchant's customer has points now, as the trail tells.
    await page.goto(`${rig.http}/operator#/follow?id=${encodeURIComponent(hostile)}`);
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Follow' }).click();
        await page.getByText('Looked through').waitFor();
        return page.locator('.hop .where code').allTextContents();
      }, soon)
      .toEqual(expect.arrayContaining(['points.dlq', 'points.replay', 'audit_log', 'Mongo points_transactions']));
    expect(await page.title()).toBe('Points');
    expect(await page.locator('img').count()).toBe(0);
  });

  test('shows an account’s history, Arabic from right to left, on a phone too', async () => {
    const customer = 77;
    for (const [locale, price] of [
      ['ar', '12.00'],
      ['he', '33.00'],
      ['en', '5.00'],
    ] as const) {
      expect(await rig.order({ customer, price, locale })).toBe(200);
    }
    const page = await openPage(`#/account?merchant=${rig.merchantId}.myshopify.com&customer=${String(customer)}`, {
      width: 360,
      height: 740,
    });
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Show' }).click();
        return page.locator('.history tbody tr').count();
      }, soon)
      .toBe(3);
    expect(await page.locator('.balance').textContent()).toBe('50 points');
    const arabic = page.locator('bdi[lang=ar]');
    expect(await arabic.textContent()).toContain('نقطة');
    expect(await page.evaluate(`getComputedStyle(document.querySelector('bdi[lang=ar]')).direction`)).toBe('rtl');
    expect(await widerThanItself(page)).toBeLessThanOrEqual(0);
    await page.locator('.history a').last().click();
    await page.locator('.hop .where code', { hasText: 'Mongo points_transactions' }).waitFor();
    expect((await page.locator('.hop .where code').allTextContents()).slice(0, 2)).toEqual([
      'points.ingest',
      'audit_log',
    ]);
    expect(await widerThanItself(page)).toBeLessThanOrEqual(0);
  });

  test('shows every instance and who has which task, and forgets one that was killed', {
    timeout: 3 * minute,
  }, async () => {
    const other = await rig.startProcessor();
    const page = await openPage('#/instances');
    await page.getByRole('row', { name: new RegExp(` ${String(other.pid)} processor`) }).waitFor({ timeout: minute });
    await page.goto(`${rig.http}/operator#/topology/points`);
    await page
      .getByRole('row', { name: new RegExp(`RUNNING .* ${String(other.pid)} `) })
      .first()
      .waitFor({ timeout: minute });
    await page
      .getByRole('row', { name: new RegExp(`RUNNING .* ${String(process.pid)} `) })
      .first()
      .waitFor();
    other.kill('SIGKILL');
    await once(other, 'exit');
    await page.goto(`${rig.http}/operator#/instances`);
    await page.getByRole('row', { name: new RegExp(` ${String(other.pid)} processor`) }).waitFor({ state: 'detached' });
  });

  test('says that MongoDB is away, and what that means', async () => {
    const page = await openPage();
    await page.getByRole('navigation').waitFor();
    const killed = performance.now();
    rig.servers.handles.mongo?.kill('SIGKILL');
    await page.getByText(/MongoDB does not answer for \d+ s/).waitFor({ timeout: 15_000 });
    process.stderr.write(`the page told of MongoDB after ${((performance.now() - killed) / 1_000).toFixed(1)} s\n`);
    expect(await rig.order({ customer: 1, price: '10.00', locale: 'en' })).toBe(200);
    await page.getByText(/MongoDB does not answer for \d+ s · .*ledger [\d,]+ behind · .*decisions go on/).waitFor();
    await page.locator('.runbook', { hasText: 'mongodb-crash' }).first().waitFor();
    await page.locator('.node.store.bad', { hasText: 'MongoDB' }).waitFor();
  });
});
