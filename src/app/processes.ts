import type { Logger } from '../common/logger.ts';
import { announce } from './announce.ts';
import { type Config, type Environment, loadConfig } from './config.ts';
import type { ObservedContext } from './operators/page/observe.ts';
import type { ServiceRole } from './role.ts';
import { type RunningRoles, runRoles, type RunRolesOptions, type StartRole } from './run-roles.ts';
import { processTracing } from './tracing/process-tracing.ts';

/** What can be started as a process: one role, or `service`, which is ingress and processor together. */
export const processNames = ['ingress', 'processor', 'service', 'balances-server'] as const;

export type ProcessName = (typeof processNames)[number];

/** What runs in each. */
const rolesIn = {
  ingress: ['ingress'],
  processor: ['processor'],
  service: ['ingress', 'processor'],
  'balances-server': ['balances-server'],
} as const satisfies Readonly<Record<ProcessName, readonly ServiceRole[]>>;

export const rolesOf = (name: ProcessName): readonly ServiceRole[] => rolesIn[name];

export type CreateLogger = (options: {
  readonly level: string;
  readonly role: string;
  readonly mixin?: () => object;
}) => Logger;

/** A process whose settings are known to be good, before anything of it is started. */
export interface PreparedProcess {
  readonly logger: Logger;
  /** @throws ListenFailedError when a port is taken */
  readonly start: () => Promise<RunningRoles>;
}

interface Prepared<Role extends ServiceRole> {
  readonly name: ProcessName;
  readonly config: Config<Role>;
  readonly createLogger: CreateLogger;
  readonly load: () => Promise<readonly StartRole<Role>[]>;
  readonly announce?: NonNullable<RunRolesOptions<Role>['announce']>;
}

function prepare<Role extends ServiceRole>(prepared: Prepared<Role>): PreparedProcess {
  const { name, config, createLogger, load, announce: tell } = prepared;
  const settings = config as Config<never>;
  const { mixin, load: loadTracing } = processTracing(settings, name);
  const logger = createLogger({ level: settings.logLevel, role: name, ...(mixin && { mixin }) });
  const start = async (): Promise<RunningRoles> => {
    const [createTracing, starts] = [await loadTracing(), await load()];
    return runRoles({
      config,
      logger,
      starts,
      ...(createTracing && { createTracing }),
      ...(tell && { announce: tell }),
    });
  };
  return { logger, start };
}

/**
 * The code of a role is loaded only by a process that runs it: a sidecar that reads balances has no Kafka client in
 * its memory.
 */
const ingress = async () => (await import('./ingress.ts')).startIngress;
const processor = async () => (await import('./processor.ts')).startProcessor;
/** What shows this process to operators, where they have a token; the page itself where Kafka is at hand. */
const observed = async (
  token: string | undefined,
  role: ServiceRole,
): Promise<readonly ((context: ObservedContext) => Promise<void>)[]> => {
  if (token === undefined) return [];
  const { observeInstance } = await import('./operators/page/observe.ts');
  return [async (context) => void observeInstance(context, [role])];
};
const operatorsPage = async (
  token: string | undefined,
  roles: readonly ServiceRole[],
): Promise<readonly StartRole<'processor'>[]> => {
  if (token === undefined) return [];
  const { startOperatorsPage } = await import('./operators/page/start-page.ts');
  return [
    async (context) => {
      startOperatorsPage(context, token, roles);
    },
  ];
};
const balancesServer = async ({ kafkaBrokers }: Config<'balances-server'>): Promise<StartRole<'balances-server'>> => {
  const { startBalancesServer } = await import('./balances-server.ts');
  const door = kafkaBrokers === undefined ? undefined : await import('./redemption-door.ts');
  return (context) => startBalancesServer(context, door?.openRedemptionDoor);
};

/** @throws ConfigError that lists every setting that is missing or wrong for this process */
export function prepareProcess(name: ProcessName, env: Environment, createLogger: CreateLogger): PreparedProcess {
  const common = { name, createLogger };
  switch (name) {
    case 'ingress': {
      const config = loadConfig(env, rolesIn.ingress);
      return prepare({
        ...common,
        config,
        load: async () => [await ingress(), ...(await observed(config.operatorToken, 'ingress'))],
      });
    }
    case 'processor': {
      const config = loadConfig(env, rolesIn.processor);
      return prepare({
        ...common,
        config,
        load: async () => [await processor(), ...(await operatorsPage(config.operatorToken, ['processor']))],
      });
    }
    case 'service': {
      const config = loadConfig(env, rolesIn.service);
      const load = async () => [
        await ingress(),
        await processor(),
        ...(await operatorsPage(config.operatorToken, ['ingress', 'processor'])),
      ];
      return prepare<'ingress' | 'processor'>({ ...common, config, load });
    }
    case 'balances-server': {
      const config = loadConfig(env, rolesIn['balances-server']);
      return prepare({
        ...common,
        config,
        load: async () => [await balancesServer(config), ...(await observed(config.operatorToken, 'balances-server'))],
        announce,
      });
    }
  }
}
