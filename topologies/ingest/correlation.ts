import type { Headers } from '../../src/streams/index.ts';

/** What ingress takes of a caller, too: it goes into logs and documents. */
const visibleAscii = /^[\x21-\x7e]{1,128}$/;

const textOf = (header: Headers[string]): string | undefined => {
  // A name that stands more than once: the last was added by whoever handed the record on.
  const last = Array.isArray(header) ? (header as readonly (Buffer | string)[]).at(-1) : header;
  return last?.toString();
};

/**
 * The id that a record is followed by: its header `correlation_id`, else its field, else the id of what happened, which is
 * the same however often the record comes.
 */
export const correlationOf = (headers: Headers, field: string | undefined, eventId: string): string =>
  [textOf(headers['correlation_id']), field].find((id) => id !== undefined && visibleAscii.test(id)) ?? eventId;
