// The command line: `points <command>`; --help lists the commands and every setting.
import { Command } from 'commander';
import {
  describeSettings,
  endWithProcess,
  loadConfig,
  prepareProcess,
  type ProcessName,
  processNames,
  routeProcessWarnings,
} from '../app/index.ts';
import { ConfigError, errorCode, PointsError, toError } from '../common/errors.ts';
import { createLogger } from '../common/logger.ts';
import { complianceCommand } from './compliance.ts';
import { configCommand } from './config.ts';
import { doctorCommand } from './doctor.ts';
import type { Ending } from './ending.ts';
import { configExitCode } from './exit-codes.ts';
import { addMerchantCommands } from './merchants.ts';
import { addTranslationCommands } from './translations.ts';
import { dlqCommand } from './dlq.ts';
import { replayCommand } from './replay.ts';
import { restoreCommand } from './restore.ts';
import { verifyCommand } from './verify.ts';

/** Codes of errors, beside those of the configuration itself, that stay until somebody has changed something. */
const untilChanged = new Set(['SCHEMA_INCOMPATIBLE', 'TOPIC_MISMATCH']);

const about: Readonly<Record<ProcessName, string>> = {
  ingress: 'Takes Shopify’s webhooks over HTTP and publishes them to points.ingest',
  processor: 'Runs the topologies: decides points, fills the ledger and the balances',
  service: 'ingress and processor in one process',
  'balances-server': 'Answers balances over gRPC',
};

const fail = (error: unknown): number => {
  if (error instanceof ConfigError) {
    const faults = error.faults.map((fault) => `  ${fault}\n`).join('');
    process.stderr.write(
      `points: the configuration is not usable\n${faults}points config shows what is set, points --help describes every setting\n`,
    );
    return configExitCode;
  }
  const { message, stack } = toError(error);
  // Of our own errors the message says all; of others only the stack tells where to look.
  process.stderr.write(`points: ${error instanceof PointsError ? message : (stack ?? message)}\n`);
  return untilChanged.has(errorCode(error)) ? configExitCode : 1;
};

/** Starts a process that runs until it is told to stop. */
async function run(name: ProcessName): Promise<void> {
  const { logger, start } = prepareProcess(name, process.env, createLogger);
  routeProcessWarnings(logger);
  const { lifecycle, started } = await start();
  endWithProcess(lifecycle, logger);
  await started.catch(async (error: unknown) => {
    await lifecycle.stop('Could not start');
    throw error;
  });
}

async function setUp(): Promise<void> {
  const config = loadConfig(process.env, ['setup']);
  const logger = createLogger({ level: config.logLevel, role: 'setup' });
  routeProcessWarnings(logger);
  const app = await import('../app/setup.ts');
  await app.setUp(config, logger);
}

const requiredBy = (roles: readonly string[], usedBy: readonly string[]): string =>
  [
    ...(roles.length === 0 ? [] : [`required by ${roles.join(', ')}`]),
    ...(usedBy.length === 0 ? [] : [`used by ${usedBy.join(', ')}`]),
  ].join(', ');

/** The settings as lines of name, default and meaning. */
function settingsTable(): string {
  const rows = describeSettings().map(({ name, about: meaning, fallback, roles, usedBy, isOptional }) => ({
    name,
    fallback: fallback === '' ? (isOptional ? 'optional' : requiredBy(roles, usedBy)) : fallback,
    meaning,
  }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, fallback, meaning }) => `  ${name.padEnd(width)}  ${meaning} [${fallback}]`);
  return `\nSettings are environment variables:\n${lines.join('\n')}\n`;
}

const program = new Command('points').description('Loyalty points as a stream').addHelpText('after', settingsTable());
const ending: Ending =
  (command) =>
  (...args) =>
    // Whatever is still open after a failed start must not keep the process.
    command(...args).catch((error: unknown) => process.exit(fail(error)));

for (const name of processNames)
  program
    .command(name)
    .description(about[name])
    .action(ending(() => run(name)));
program
  .command('setup')
  .description('Creates topics, schemas, collections and texts; safe to repeat')
  .action(ending(setUp));
program.addCommand(configCommand(ending));
program.addCommand(doctorCommand(ending));
program.addCommand(complianceCommand(ending));
addTranslationCommands(program, ending);
addMerchantCommands(program, ending);
program.addCommand(dlqCommand(ending));
program.addCommand(replayCommand(ending));
program.addCommand(restoreCommand(ending));
program.addCommand(verifyCommand(ending));

await program.parseAsync();
