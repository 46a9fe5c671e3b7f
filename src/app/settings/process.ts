import { setting } from './setting.ts';
import { name, oneOf, wholeNumber } from './values.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The process itself, and who speaks through it. */
export const ofProcess = {
  logLevel: setting({
    ...{ name: 'POINTS_LOG_LEVEL', about: logLevels.join(', '), fallback: 'info' },
    shape: oneOf(logLevels),
  }),
  // Read by the launcher, before there is any TypeScript; here it is judged and shown.
  heapMib: setting({
    ...{ name: 'POINTS_HEAP_MIB', about: 'Bound of the JavaScript heap, MiB', fallback: '288' },
    shape: wholeNumber(64, 65_536),
  }),
  actor: setting({
    ...{ name: 'POINTS_ACTOR', fallback: 'operator', shape: name(64) },
    about: 'Who acts, as audit_log tells it: a role or a job, no name',
  }),
} as const;
