import { connectMongo, type MongoFacts, mongoFacts } from '../../../adapters/mongo/index.ts';
import type { Clock } from '../../../common/clock.ts';
import { examineClock } from './examine-clock.ts';
import type { Transport } from '../../transport.ts';
import { examining, fault, type Finding, ok, warning } from './finding.ts';

export interface MongoSettings {
  readonly mongoUrl: string;
  readonly mongoDatabase: string;
  readonly offlineQueueLimit: number;
}

/** The version we are tested with has this major number. */
const oldestMajor = 6;
const fullDisk = 0.85;

const serverFinding = ({ version, isReplicated }: MongoFacts): Finding => {
  if (!isReplicated) {
    const advice =
      'Make it a replica set, of one member at least: without one nothing can be followed or be safe on a majority';
    return fault('MongoDB', { found: `version ${version}, no replica set`, advice, runbook: 'mongodb-crash' });
  }
  if (Number(version.split('.')[0]) >= oldestMajor) return ok('MongoDB', `version ${version}`);
  return fault('MongoDB', { found: `version ${version}`, advice: `Have version ${String(oldestMajor)}.0 or newer` });
};

const diskFinding = ({ diskUsed }: MongoFacts): readonly Finding[] => {
  if (diskUsed === undefined || diskUsed < fullDisk) return [];
  const found = `${String(Math.round(diskUsed * 100))} % used`;
  const advice = 'Make room: a full disk stops the ledger, and what comes while Kafka is away could not be kept';
  return [warning('MongoDB’s disk', { found, advice, runbook: 'mongodb-crash' })];
};

const queueFinding = ({ offlineQueue }: MongoFacts, limit: number): Finding => {
  const found = `${String(offlineQueue)} of ${String(limit)} commands wait`;
  if (offlineQueue === 0) return ok('offline queue', found);
  const advice = 'They are sent when Kafka is back and ingress runs; they are given up after 23.5 h';
  return warning('offline queue', { found, advice, runbook: 'kafka-loss' });
};

/** MongoDB, what must be in it, and what waits in it. */
export const examineMongo = (
  settings: MongoSettings,
  transport: Transport,
  clock: Clock,
): Promise<readonly Finding[]> =>
  examining(
    'MongoDB',
    {
      advice:
        'See whether POINTS_DB_HOST names it and whether it has a primary. Decisions go on meanwhile; ledger and reads that are not in Redis do not',
      runbook: 'mongodb-crash',
    },
    async () => {
      const { mongoUrl: uri, mongoDatabase: database, offlineQueueLimit } = settings;
      const connection = await connectMongo({ uri, database, appName: 'points-doctor', tls: transport.mongo });
      try {
        const askedAt = clock.now();
        const facts = await mongoFacts(connection);
        const missing = facts.missing.join(', ');
        return [
          serverFinding(facts),
          facts.missing.length === 0
            ? ok('collections', 'all there, with validators and indexes')
            : fault('collections', { found: `missing: ${missing}`, advice: 'Run `points setup`' }),
          ...diskFinding(facts),
          queueFinding(facts, offlineQueueLimit),
          ...examineClock('MongoDB', facts.now, { askedAt, answeredAt: clock.now() }),
        ];
      } finally {
        await connection.close();
      }
    },
  );
