import type { ConsumedRecord } from '../../src/streams/ports.ts';

export const merchant = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001';
export const otherMerchant = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0002';

/** A record of points.ingest. */
export const command = (changes: Partial<ConsumedRecord> = {}): ConsumedRecord => ({
  ...{ topic: 'points.ingest', partition: 1, offset: 7, timestamp: 1_000 },
  ...{ key: Buffer.from(merchant), value: Buffer.from([0, 0, 0, 0, 1, 200]), headers: { correlation_id: 'c-1' } },
  ...changes,
});

/** A dead letter, with the headers the engine writes. */
export const deadLetter = (
  changes: Partial<ConsumedRecord> = {},
  errors: Readonly<Record<string, string | undefined>> = {},
): ConsumedRecord => {
  const told: Readonly<Record<string, string | undefined>> = {
    ...{ exception: 'RejectedCommandError', code: 'UNKNOWN_MERCHANT', message: 'There is no such merchant' },
    ...{ stacktrace: 'RejectedCommandError: at …', stage: 'processing', node: 'decide', attempts: '1' },
    ...{ topic: 'points.ingest', partition: '2', offset: '41', timestamp: '900', retryable: 'false', ...errors },
  };
  const written = Object.entries(told).filter(([, text]) => text !== undefined);
  const headers = Object.fromEntries(written.map(([name, text]) => [`__streams.errors.${name}`, Buffer.from(text!)]));
  return command({
    ...{ topic: 'points.dlq', partition: 0, offset: 3, timestamp: 2_000 },
    ...{ headers: { correlation_id: 'c-1', ...headers }, ...changes },
  });
};
