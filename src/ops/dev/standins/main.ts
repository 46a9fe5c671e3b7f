// The stand-ins as a process of their own, FOR DEVELOPMENT AND TESTS ONLY; `npm start` starts it. KAFKA_BROKER and
// SCHEMA_REGISTRY_URL name the servers, CORE_HOST Core where it is not stood in for. SIGTERM or Ctrl-C ends it.
import { parseArgs } from 'node:util';
import { toError } from '../../../common/errors.ts';
import { createLogger } from '../../../common/logger.ts';
import { startStandins } from './start.ts';

const { values } = parseArgs({
  options: {
    /** 0.0.0.0 in a container: whoever can reach it can forge every merchant's token. */
    host: { type: 'string', default: '127.0.0.1' },
    /** Absent: somebody else's. */
    'core-port': { type: 'string' },
    'auth-port': { type: 'string' },
    'control-port': { type: 'string', default: '0' },
    folder: { type: 'string', default: '.points/standins' },
    archive: { type: 'string', default: '.points/admincore' },
    keys: { type: 'string', default: '.points/data/auth' },
  },
});
const { env } = process;
const portOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
const logger = createLogger({ level: env['POINTS_LOG_LEVEL'] ?? 'info', role: 'standins' });

const asked = Promise.withResolvers<NodeJS.Signals>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => asked.resolve(signal));

try {
  const standins = await startStandins({
    brokers: (env['KAFKA_BROKER'] ?? '').split(','),
    registry: env['SCHEMA_REGISTRY_URL'] ?? '',
    host: values.host,
    ports: {
      core: portOf(values['core-port']),
      auth: portOf(values['auth-port']),
      control: Number(values['control-port']),
    },
    ...(env['CORE_HOST'] !== undefined && { coreHost: env['CORE_HOST'] }),
    folder: values.folder,
    archive: values.archive,
    keyFolder: values.keys,
    logger,
  });
  logger.info({ reason: await asked.promise }, 'Stopping');
  await standins.close();
} catch (error) {
  process.stderr.write(`standins: ${toError(error).message}\n`);
  process.exitCode = 1;
}
