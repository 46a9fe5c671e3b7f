import { systemClock } from '../../../common/clock.ts';
import { ConfigError } from '../../../common/errors.ts';
import { silentLogger } from '../../../common/logger.ts';
import { type Config, type Environment, loadConfig, readConfig, type RoleName } from '../../config.ts';
import { explainConfig } from '../../explain-config.ts';
import { openTransport } from '../../transport.ts';
import { examineCertificates } from './examine-certificates.ts';
import { examineKafka } from './examine-kafka.ts';
import { examineMachine } from './examine-machine.ts';
import { examineMongo } from './examine-mongo.ts';
import { examineRedis } from './examine-redis.ts';
import { examineAuth, examineCore, examineRegistry } from './examine-services.ts';
import { fault, type Finding, ok, warning } from './finding.ts';

const advice = '`points config` shows what is in force, docs/configuration.md what each setting is';

function examineConfig(env: Environment, roles: readonly RoleName[]): readonly Finding[] {
  const { faults, suspects } = explainConfig(env, roles);
  const found = [
    ...faults.map((said) => fault('configuration', { found: said, advice })),
    ...suspects.map((said) => warning('configuration', { found: said, advice: 'Rename it, or take it away' })),
  ];
  return found.length === 0 ? [ok('configuration', 'nothing missing, nothing wrong')] : found;
}

/** What can be used of a configuration with faults: a wrong address must not hide what is wrong with the others. */
function usableConfig(env: Environment): Config<'doctor'> | undefined {
  const variables = readConfig(env, ['doctor']).faults.map((sentence) => sentence.split(' ')[0] ?? '');
  const without = new Set(variables.flatMap((variable) => [variable, `${variable}_FILE`]));
  const usable = Object.fromEntries(Object.entries(env).filter(([variable]) => !without.has(variable)));
  try {
    return loadConfig(usable, ['doctor']);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/**
 * Examines the configuration of the roles, this machine and every server that is named; reads only. One that is away hides
 * nothing of the others.
 */
export async function examineAll(env: Environment, roles: readonly RoleName[]): Promise<readonly Finding[]> {
  const config = usableConfig(env);
  if (config === undefined) return examineConfig(env, roles);
  const { kafkaBrokers, registryUrl, mongoUrl, redisCacheUrl, authHost, coreHost } = config;
  const redisStateUrl = config.redisStateUrl ?? redisCacheUrl;
  const transport = openTransport(config, { logger: silentLogger });
  const parts = await Promise.all([
    examineMachine(config),
    examineCertificates(transport, systemClock),
    kafkaBrokers === undefined ? [] : examineKafka({ ...config, kafkaBrokers }, silentLogger),
    registryUrl === undefined ? [] : examineRegistry(registryUrl, transport),
    mongoUrl === undefined ? [] : examineMongo({ ...config, mongoUrl }, transport, systemClock),
    redisCacheUrl === undefined || redisStateUrl === undefined
      ? []
      : examineRedis({ redisCacheUrl, redisStateUrl }, transport, silentLogger),
    authHost === undefined ? [] : examineAuth(authHost, transport, systemClock),
    coreHost === undefined ? [] : examineCore(coreHost, transport, systemClock),
  ]);
  transport.close();
  return [...examineConfig(env, roles), ...parts.flat()];
}
