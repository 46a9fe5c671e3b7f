import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createArchive, type KeptRecord } from '../../../../src/ops/dev/standins/archive.ts';

const merchant = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001';
const day = 24 * 60 * 60 * 1_000;
const noon = Date.parse('2026-03-01T12:00:00Z');

const rig = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'points-archive-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const time = { now: noon };
  const archive = createArchive({ folder, clock: { now: () => time.now } });
  const files = async () => (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.jsonl'));
  const record = (offset: number, correlation = 'c'): KeptRecord => ({
    ...{ topic: 'audit_log', partition: 0, offset: String(offset), correlation_id: correlation },
    ...{ kept_at: noon + offset, record: { points: offset } },
  });
  const keeping = (retentionDays: number, happenedAt = noon) => ({ merchantId: merchant, happenedAt, retentionDays });
  return { folder, time, archive, files, record, keeping };
};

describe('the audit that AdminCore keeps', () => {
  test('lies by topic, day and merchant, in files whose names say how long they are kept', async () => {
    const { archive, files, record, keeping } = await rig();
    await archive.keep(record(1), keeping(90));
    await archive.keep(record(2), keeping(180, noon - day));
    await archive.keep(record(3), { ...keeping(90), merchantId: '../../etc' });
    expect((await files()).sort()).toEqual([
      `audit_log/2026-02-28/${merchant}.180d.jsonl`,
      `audit_log/2026-03-01/${merchant}.90d.jsonl`,
      'audit_log/2026-03-01/no-merchant.90d.jsonl',
    ]);
  });

  test('is found by correlation id in the order in which it came, once each', async () => {
    const { archive, record, keeping } = await rig();
    await archive.keep(record(2), keeping(90, noon - day));
    await archive.keep(record(1), keeping(90));
    await archive.keep(record(3, 'another'), keeping(90));
    await archive.keep({ ...record(1), kept_at: noon + 100 }, keeping(90));
    expect(await archive.find('c')).toEqual([record(1), record(2)]);
    expect(await archive.find('nobody')).toEqual([]);
  });

  test('is gone when its retention is over for the whole day, and not before', async () => {
    const { archive, time, files, record, keeping } = await rig();
    await archive.keep(record(1), keeping(90));
    await archive.keep(record(2), keeping(180));
    time.now = Date.parse('2026-03-01T00:00:00Z') + 91 * day - 1;
    expect(await archive.sweep()).toBe(0);
    time.now += 1;
    expect(await archive.sweep()).toBe(1);
    expect(await files()).toEqual([`audit_log/2026-03-01/${merchant}.180d.jsonl`]);
    expect(await archive.find('c')).toEqual([record(2)]);
    time.now += 90 * day;
    expect(await archive.sweep()).toBe(1);
    expect(await files()).toEqual([]);
  });

  test('loses nothing to half a line of a writer that was killed', async () => {
    const { folder, archive, record, keeping } = await rig();
    await archive.keep(record(1), keeping(90));
    await appendFile(path.join(folder, 'audit_log', '2026-03-01', `${merchant}.90d.jsonl`), '\n{"topic":"audi');
    await archive.keep(record(2), keeping(90));
    expect(await archive.find('c')).toEqual([record(1), record(2)]);
  });

  test('is empty before anything was kept', async () => {
    const { folder } = await rig();
    const archive = createArchive({ folder: path.join(folder, 'none'), clock: { now: () => noon } });
    expect([await archive.find('c'), await archive.sweep()]).toEqual([[], 0]);
  });
});
