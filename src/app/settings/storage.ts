import { setting } from './setting.ts';
import { matching, name, wholeNumber } from './values.ts';

/** What lies where: the same for every process of a service. */
export const storage = {
  applicationId: setting({
    ...{ name: 'POINTS_APPLICATION_ID', about: 'Prefix of consumer groups and transactional ids', fallback: 'points' },
    shape: name(100),
  }),
  mongoDatabase: setting({
    ...{ name: 'POINTS_DB_NAME', about: 'MongoDB database', fallback: 'points' },
    shape: matching(/^[A-Za-z0-9_-]{1,63}$/, 'at most 63 letters, digits, hyphens or underscores'),
  }),
  stateDir: setting({
    ...{ name: 'POINTS_STATE_DIR', about: 'Folder of the local state stores', fallback: '.points/state' },
    shape: matching(/^[^\0]+$/, 'a folder'),
  }),
  partitions: setting({
    ...{ name: 'POINTS_PARTITIONS', about: 'Partitions of every topic; cannot be changed later', fallback: '4' },
    shape: wholeNumber(1, 1_000),
  }),
  replicationFactor: setting({
    ...{ name: 'POINTS_REPLICATION_FACTOR', about: 'Brokers that hold each record', fallback: '1' },
    shape: wholeNumber(1, 10),
  }),
} as const;
