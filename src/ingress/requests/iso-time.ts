const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch, UTC, of an ISO 8601 time with its offset; undefined for anything else. */
export const readIsoTime = (value: unknown): number | undefined => {
  const milliseconds = typeof value === 'string' && isoTime.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
};
