import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../../src/streams/index.ts';
import { completeRecords } from '../../../src/streams/table/complete-records.ts';
import { lateRecords } from '../../../src/streams/window/late-records.ts';
import { consumed, recordingLogger } from '../harness.ts';

const contextOf = () => {
  const logger = recordingLogger();
  const atClose: (() => void)[] = [];
  return {
    context: { logger, onClose: (callback: () => void) => atClose.push(callback) },
    close: () => {
      for (const callback of atClose) callback();
      return logger.lines.map(({ level, fields, message }) => [level, message, fields['dropped'] ?? fields['late']]);
    },
  };
};

const recordOf = (key: string | null, value: number | null): StreamRecord<string | null, number | null> => ({
  ...{ key, value, timestamp: 1, headers: {} },
  source: consumed(value, { key }),
});

describe('records without key or value', () => {
  it('are dropped, said once a task, and counted at its end', () => {
    const { context, close } = contextOf();
    const complete = completeRecords<string | null, number | null>(context, 'count');
    const records = [recordOf('k', 1), recordOf(null, 1), recordOf('k', null), recordOf('l', 0)];
    expect(complete(records)).toEqual([records[0], records[3]]);
    expect(complete(records)).toHaveLength(2);
    expect(close()).toEqual([
      ['debug', 'A record without key or value is dropped', undefined],
      ['debug', 'Records without key or value were dropped', 4],
    ]);
  });

  it('are not spoken of where there are none', () => {
    const { context, close } = contextOf();
    expect(completeRecords(context, 'count')([recordOf('k', 1)])).toHaveLength(1);
    expect(close()).toEqual([]);
  });
});

describe('records that come too late', () => {
  it('are told to the hook, said once a task, and counted at its end', () => {
    const { context, close } = contextOf();
    const told: number[] = [];
    const onLate = lateRecords<string, number>(context, 'count', (_record, { start }, streamTime) =>
      told.push(start, streamTime),
    );
    const record = { ...recordOf('k', 1), key: 'k', value: 1 };
    onLate(record, { start: 0, end: 5 }, 7);
    onLate(record, { start: 5, end: 10 }, 12);
    expect(told).toEqual([0, 7, 5, 12]);
    expect(close()).toEqual([
      ['debug', 'A record came too late for its window', undefined],
      ['debug', 'Records came too late for their windows', 2],
    ]);
  });
});
