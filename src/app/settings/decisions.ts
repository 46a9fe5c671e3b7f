import { setting } from './setting.ts';
import { oneOf, wholeNumber } from './values.ts';

/** How long what is waited for, and how much may wait. */
export const decisions = {
  decisionWaitMs: setting({
    ...{ name: 'POINTS_DECISION_WAIT_MS', fallback: '2500', shape: wholeNumber(100, 30_000) },
    about:
      'Longest wait for the decision on a redemption or a till’s batch, in milliseconds; then it is answered as undecided',
  }),
  redemptionTimeoutSeconds: setting({
    ...{ name: 'POINTS_REDEMPTION_TIMEOUT_SECONDS', fallback: '900', shape: wholeNumber(1, 30 * 24 * 60 * 60) },
    about: 'Seconds a redemption may wait for Event Tracking before it fails and its points go back',
  }),
  coreTimeoutMs: setting({
    ...{ name: 'CORE_TIMEOUT_MS', about: 'How long Core may take to answer, milliseconds', fallback: '1000' },
    shape: wholeNumber(10, 10_000),
  }),
  offlineQueueLimit: setting({
    ...{ name: 'POINTS_OFFLINE_QUEUE_LIMIT', about: 'Commands that may wait for Kafka; 503 beyond', fallback: '10000' },
    shape: wholeNumber(1, 10_000),
  }),
  shedding: setting({
    ...{ name: 'POINTS_SHEDDING', fallback: 'on', shape: oneOf(['on', 'off']) },
    about: 'on: what is more than can be answered in time is refused at once; off: everything is let in',
  }),
} as const;
