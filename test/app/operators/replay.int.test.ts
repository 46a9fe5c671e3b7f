import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAuditLog } from '../../support/audit-log.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { orderOf, replayRig, type ReplayRig } from './replay-rig.ts';

const week = 7 * 24 * 3_600_000;
const ends: (() => Promise<void>)[] = [];
let rig: ReplayRig;
beforeAll(async () => {
  rig = await replayRig((end) => ends.push(end));
}, 120_000);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

const idIn = (stdout: string): string => /^Replay ([0-9a-f-]{36})$/m.exec(stdout)?.[1] ?? 'none';

/** A merchant's orders of a week ago, applied. */
const weekOldOrders = async (count: number) => {
  const [merchant, customer] = [randomUUID(), randomUUID()];
  await rig.addMerchant(merchant);
  const orders = Array.from({ length: count }, () => orderOf(merchant, week, customer));
  await rig.send(orders);
  await until('the ledger has all', async () => (await rig.ledger(merchant)).length === count, 30_000);
  return { merchant, orders };
};

const actsOf = async (replayId: string): Promise<readonly string[]> =>
  (await readAuditLog(sharedServers()))
    .map(({ value }) => value)
    .filter((value) => value['event_type'] === 'points.replay' && value['correlation_id'] === replayId)
    .map((value) => String(value['detail']));

describe('a replay of points.ingest', () => {
  it('says what it would do, and does nothing before it is told to', async () => {
    const { merchant } = await weekOldOrders(3);
    const { stdout, code } = await rig.cli('replay', '--from', 'points.ingest', '--merchant', merchant);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 records would be copied to points\.replay, of 20\S+Z to 20\S+Z$/m);
    expect(stdout).toContain(`3  ${merchant}`);
    expect(stdout).toContain('This was a dry run: nothing was copied');
    expect(await rig.copied(merchant, idIn(stdout))).toEqual([]);
    expect(await actsOf(idIn(stdout))).toEqual([]);
  });

  it('of week-old orders, twice, changes nothing, is byte for byte, and is on record', async () => {
    const { merchant, orders } = await weekOldOrders(5);
    const before = await rig.ledger(merchant);
    for (const _time of ['first', 'second']) {
      const { stdout, stderr, code } = await rig.cli(
        ...['replay', '--from', 'points.ingest', '--merchant', merchant, '--since', '1h', '--rate', '1000', '--yes'],
      );
      expect(stderr).toMatch(/points: 5\/5 {2}100 %/);
      expect(stdout).toContain('5 records were copied');
      expect(code).toBe(0);
      const id = idIn(stdout);
      const copies = await rig.copied(merchant, id);
      expect(copies.map(({ value }) => value)).toEqual(orders.map(rig.bytesOf));
      expect(copies.map(({ key }) => String(key))).toEqual(orders.map(() => merchant));
      expect(copies.map(({ headers }) => String(headers['correlation_id']))).toEqual(
        orders.map(({ correlation_id }) => correlation_id),
      );
      const [begin, end] = await actsOf(id);
      expect(begin).toMatch(new RegExp(`^begin id=${id} records=5 from=points.ingest merchant=${merchant} since=`));
      expect(end).toMatch(new RegExp(`^end id=${id} copied=5 `));
    }
    await rig.untilRead('points.replay', merchant);
    await rig.untilLedgerRead(merchant);
    expect(await rig.ledger(merchant)).toEqual(before);
    const { stdout, code } = await rig.cli('verify', '--merchant', merchant);
    expect(stdout).toMatch(
      /^1 accounts with 500 points: 5 entries in audit_log, 5 in points_transactions.*\nThe books are right\n$/,
    );
    expect(code).toBe(0);
  }, 120_000);

  it('that is killed half-way and taken up again copies all, the last slice perhaps twice, and changes nothing', async () => {
    const { merchant, orders } = await weekOldOrders(40);
    const before = await rig.ledger(merchant);
    const child = rig.startCli('replay', '--from', 'points.ingest', '--merchant', merchant, '--rate', '20', '--go');
    const said = text(child.stdout!);
    let id = '';
    child.stdout!.on('data', (chunk: Buffer) => (id ||= idIn(String(chunk))));
    await until('some are copied', async () => (await rig.copied(merchant, id)).length >= 10, 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await said;
    const half = (await rig.copied(merchant, id)).length;
    expect(half).toBeLessThan(40);

    const { stdout, code } = await rig.cli('replay', '--resume', id, '--rate', '1000', '--go');
    expect(code).toBe(0);
    const copies = await rig.copied(merchant, id);
    expect(stdout).toContain(`${String(copies.length - half)} records were copied`);
    // A slice is a quarter of a second's worth.
    expect(copies.length).toBeLessThanOrEqual(40 + 5);
    const ids = new Set(copies.map(({ headers }) => String(headers['correlation_id'])));
    expect(ids).toEqual(new Set(orders.map(({ correlation_id }) => correlation_id)));
    await rig.untilRead('points.replay', merchant);
    await rig.untilLedgerRead(merchant);
    expect(await rig.ledger(merchant)).toEqual(before);

    const again = await rig.cli('replay', '--resume', id, '--go');
    expect(again.stdout).toContain('0 records would be copied');
    expect((await rig.cli('replay', '--resume', randomUUID(), '--go')).stderr).toContain('There is no replay');
  }, 120_000);
});

describe('a dead letter', () => {
  it('is listed and explained, and is applied once when it is replayed after its cause is mended', async () => {
    const merchant = randomUUID();
    const order = orderOf(merchant, week);
    await rig.send([order]);
    const list = async () => {
      const { stdout } = await rig.cli('dlq', 'list', '--merchant', merchant, '--error', 'UNKNOWN_MERCHANT', '--json');
      return stdout.split('\n').filter((line) => line !== '');
    };
    await until('it is a dead letter', async () => (await list()).length > 0, 30_000);
    const letters = await list();
    const [letter] = letters.map((line) => JSON.parse(line) as { partition: number; offset: number });
    const table = await rig.cli('dlq', 'list', '--merchant', merchant, '--newest');
    expect(table.stdout).toMatch(
      new RegExp(`^PLACE +DIED +ERROR.*\n.* UNKNOWN_MERCHANT +no +${merchant} +points.ingest/`),
    );

    const { stdout } = await rig.cli('dlq', 'show', `${String(letter!.partition)}/${String(letter!.offset)}`);
    expect(stdout).toContain('Error        UNKNOWN_MERCHANT (RejectedCommandError): There is no such merchant');
    expect(stdout).toContain('A retry      does not help unless something is changed');
    expect(stdout).toContain(`"event_id": "${order.event_id}"`);
    expect(stdout).toContain('What to do   Nobody knew the merchant. Add it');
    expect((await rig.cli('dlq', 'show', '0/99999999')).code).toBe(1);

    await rig.addMerchant(merchant);
    for (const _time of ['first', 'second']) {
      const replay = await rig.cli(
        'replay',
        '--from',
        'points.dlq',
        '--merchant',
        merchant,
        '--error',
        'UNKNOWN_MERCHANT',
        '--yes',
      );
      expect(replay.stdout).toMatch(/^1 records would be copied/m);
      expect(replay.code).toBe(0);
    }
    await until('it is applied', async () => (await rig.ledger(merchant)).length > 0, 30_000);
    await rig.untilRead('points.replay', merchant);
    await rig.untilLedgerRead(merchant);
    expect(await rig.ledger(merchant)).toMatchObject([{ sequence: 1, balance_after: 100 }]);
  }, 120_000);
});

describe('a replay that makes no sense', () => {
  it.each([
    [['replay'], /Say --from points\.dlq or --from points\.ingest/],
    [['replay', '--from', 'points.ingest', '--error', 'INTERNAL'], /are about dead letters/],
    [['replay', '--resume', randomUUID(), '--retryable'], /leave out the filters/],
    [['replay', '--from', 'audit_log'], /Allowed choices are points\.dlq, points\.ingest/],
    [['replay', '--from', 'points.ingest', '--offsets', '9:1-2'], /points\.ingest has no partition 9/],
    [['replay', '--from', 'points.ingest', '--offsets', '1:5-2'], /It is partition:from-to/],
    [['replay', '--from', 'points.ingest', '--since', 'yesterday'], /It is a time as/],
  ])('is refused: %j', async (args, message) => {
    const { stderr, code } = await rig.cli(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
