/**
 * `npm run ci:replay`: what was sent is replayed twice and nothing may change. Brings the servers and the service up, as
 * `npm start -- --once` does, replays all of points.ingest twice, and ends with `points verify`. Exit code 0 when every
 * balance was right, before and after, and the books agree.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../app/index.ts';
import { openReplay } from '../../app/operators/replay.ts';
import { connectOperatorKafka } from '../../app/operators/operator-kafka.ts';
import { untilCommitted } from '../../app/operators/projections-past.ts';
import { verify } from '../../app/operators/verify.ts';
import type { VerifyReport } from '../../audit/index.ts';
import { PointsError, toError } from '../../common/errors.ts';
import { silentLogger } from '../../common/logger.ts';
import { topics } from '../../contracts/index.ts';
import { everything } from '../../replay/index.ts';
import { reportLines } from '../verify.ts';
import { bringUp } from './bring-up.ts';
import { createClosers } from './closers.ts';
import { demonstrate } from './demonstrate.ts';
import type { DevFile } from './dev-file.ts';
import { freePortOffset } from './ports.ts';
import { lockHome } from './run-guards.ts';
import { parseStartOptions } from './start-options.ts';
import { createSteps } from './steps.ts';

class CiReplayError extends PointsError {
  readonly code = 'CI_REPLAY_FAILED';
}

const topic = topics.replay.name;
const withinMs = 30_000;
/** Beside whatever runs here already: ports and data are its own, unless somebody says which. */
const options = parseStartOptions(process.argv.slice(2), {
  POINTS_PORT_OFFSET: String(await freePortOffset()),
  POINTS_HOME: path.resolve(import.meta.dirname, '../../../.points/ci-replay'),
  ...process.env,
});
const steps = createSteps();
const closers = createClosers();

const environmentOf = ({ brokers, registry, mongo, redis }: DevFile): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ KAFKA_BROKER: brokers.join(','), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
  ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
});

const replayAll = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const tool = await openReplay(loadConfig(env, ['replay']), silentLogger);
  try {
    const job = await tool.plan({ from: 'points.ingest', selection: everything, offsets: [] });
    const { signal } = new AbortController();
    const { records } = await tool.dryRun(job, signal);
    if (records === 0) throw new CiReplayError('There is nothing to replay');
    const copied = await tool.run(job, records, { ratePerSecond: 1_000, signal, onCopied: () => undefined });
    steps.tell(`Replay ${job.id}: ${String(copied)} records of points.ingest copied`);
    if (copied !== records) throw new CiReplayError(`${String(records)} records were to be copied`);
  } finally {
    await tool.close();
  }
};

/** Resolves when the processor has read all that was replayed. */
const untilApplied = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const config = loadConfig(env, ['replay']);
  const kafka = await connectOperatorKafka(config, silentLogger);
  try {
    for (let partition = 0; partition < config.partitions; partition += 1) {
      const offset = await kafka.admin.endOffset({ topic, partition });
      const groupId = `${config.applicationId}-points`;
      await untilCommitted(kafka.admin, { groupId, topic, partition, offset }, withinMs);
    }
  } finally {
    await kafka.close();
  }
};

const assertRight = async (env: NodeJS.ProcessEnv): Promise<VerifyReport> => {
  const report = await verify(loadConfig(env, ['verify']), silentLogger);
  for (const line of reportLines(report)) steps.tell(line);
  if (report.faults > 0) throw new CiReplayError('The books are wrong');
  return report;
};

let exitCode = 1;
try {
  await mkdir(options.home, { recursive: true });
  closers.add(null, lockHome(options.home));
  const { devFile } = await bringUp(options, { steps, closers, env: process.env });
  const faults = await demonstrate(devFile, steps);
  if (faults.length > 0) throw new CiReplayError('Balances are wrong before anything is replayed');
  const env = environmentOf(devFile);
  const before = await assertRight(env);
  await replayAll(env);
  await replayAll(env);
  await untilApplied(env);
  const after = await assertRight(env);
  if (after.entries !== before.entries || after.points !== before.points) {
    throw new CiReplayError('The replay has changed the books');
  }
  exitCode = 0;
} catch (thrown) {
  process.stderr.write(`\n${toError(thrown).message}\n`);
} finally {
  await closers.closeAll(steps.tell);
}
process.exit(exitCode);
