import type { ConsumedRecord } from '../streams/ports.ts';

type Headers = ConsumedRecord['headers'];

/** The first value of a header, as text; undefined where there is none. */
export const headerText = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  const first = Array.isArray(value)
    ? (value as readonly (Buffer | string)[])[0]
    : (value as Buffer | string | undefined);
  return first?.toString();
};

/** Begins the names of what the engine writes beside a dead letter; see src/streams/runtime/failures.ts. */
export const errorHeaderPrefix = '__streams.errors.';

/** Which run of a replay copied a record, and from where; neither decides anything. */
export const replayHeaders = { id: 'points.replay.id', from: 'points.replay.from' } as const;
