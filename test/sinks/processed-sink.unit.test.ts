import { describe, expect, test } from 'vitest';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { markProcessed } from '../../src/sinks/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { createFakeProcessed } from '../support/fake-processed.ts';

describe('marking events as processed', () => {
  test('marks each event for its own and its delivery id', async () => {
    const marks = createFakeProcessed();
    const [entry] = auditEntries(1);
    await markProcessed({ marks, logger: silentLogger }, [entry!]);
    expect(await marks.isProcessed(entry!.merchant_id, entry!.event_id, null)).toBe(true);
    expect(await marks.isProcessed(entry!.merchant_id, entry!.event_id, entry!.delivery_id)).toBe(true);
  });

  test('logs and counts a failure, and goes on', async () => {
    const marks = createFakeProcessed();
    marks.isAway = true;
    const lines: LogFields[] = [];
    const counted: number[] = [];
    const logger = { ...silentLogger, warn: (fields: LogFields) => void lines.push(fields) };
    await markProcessed({ marks, logger, onUnmarked: (entries) => counted.push(entries) }, auditEntries(3));
    expect(lines).toMatchObject([{ entries: 3 }]);
    expect(counted).toEqual([3]);
  });

  test('does nothing for no entries', async () => {
    const marks = { mark: () => Promise.reject(new Error('must not be called')) };
    const counted: number[] = [];
    await markProcessed({ marks, logger: silentLogger, onUnmarked: (entries) => counted.push(entries) }, []);
    expect(counted).toEqual([]);
  });
});
