const shape = /^[\w.:/-]{1,128}$/;

/** The caller's correlation id where it is fit for a log line and a record, otherwise a new one. */
export const correlationIdOf = (value: unknown, newId: () => string): string =>
  typeof value === 'string' && shape.test(value) ? value : newId();
