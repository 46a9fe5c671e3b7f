import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orderOf, type ReplayRig, replayRig } from './replay-rig.ts';

let rig: ReplayRig;
const merchantId = randomUUID();

beforeAll(async () => {
  rig = await replayRig(afterAll);
  await rig.addMerchant(merchantId);
  await rig.send(Array.from({ length: 30 }, () => orderOf(merchantId, 60_000)));
  await rig.untilRead('points.ingest', merchantId);
  await rig.untilLedgerRead(merchantId);
}, 60_000);

/** The ledger names an entry by its event; what MongoDB calls the document is its own affair. */
const entries = async () => (await rig.ledger(merchantId)).map(({ _id, ...entry }) => entry);

test('a lost ledger comes back from audit_log, as it was, and what is there already stays once', async () => {
  const before = await entries();
  expect(before).toHaveLength(30);

  const running = await rig.cli('restore', 'ledger', '--go');
  expect(running).toMatchObject({ code: 1, stdout: '' });
  expect(running.stderr).toMatch(/-ledger has 1 member: stop every processor, and ask again\. Nothing was changed/);

  await rig.stopProcessor();
  await rig.emptyLedger();
  const dry = await rig.cli('restore', 'ledger');
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/This was a dry run/) as string });
  await rig.startProcessor();
  await rig.untilLedgerRead(merchantId);
  // Without the act nothing is read again.
  expect(await rig.ledger(merchantId)).toHaveLength(0);

  for (const round of ['into an empty ledger', 'over a full one']) {
    await rig.stopProcessor();
    expect(await rig.cli('restore', 'ledger', '--go'), round).toMatchObject({ code: 0 });
    await rig.startProcessor();
    await rig.untilLedgerRead(merchantId);
    expect(await entries(), round).toEqual(before);
  }

  const verified = await rig.cli('verify', '--merchant', merchantId);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/The books are right/) as string });
}, 120_000);
