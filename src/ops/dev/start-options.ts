import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** Ends after the samples; the exit code says whether every balance was right. */
  readonly once: boolean;
  /** Sends no samples. */
  readonly quiet: boolean;
  /** Empties the data of earlier runs first. */
  readonly fresh: boolean;
  /** Added to every port. */
  readonly portOffset: number;
  /** Where data, logs and dev.json lie, absolute. */
  readonly home: string;
}

const repository = path.resolve(import.meta.dirname, '../../..');

const wholeNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It is a whole number, for example 1000.');
  return Number(text);
};

/**
 * Reads the command line of `npm start`; prints help or what is wrong and ends the process where that was asked for.
 * POINTS_PORT_OFFSET and POINTS_HOME stand in for the options of the same meaning.
 * @param args without the program and the script
 */
export const parseStartOptions = (args: readonly string[], env: NodeJS.ProcessEnv): StartOptions => {
  const program = new Command('npm start --')
    .description('Starts the servers and the service on this machine, sends samples and shows what comes of them.')
    .option(
      '--once',
      'end after the samples: exit code 0 when every balance is right and every saga has arrived, otherwise 1',
      false,
    )
    .option('--quiet', 'send no sample orders; bring everything up and stay', false)
    .option('--fresh', 'empty the data of earlier runs first', false)
    .option('--port-offset <n>', 'add n to every port (POINTS_PORT_OFFSET)', wholeNumber)
    .addHelpText(
      'after',
      `
Ports without an offset: HTTP 8080, gRPC 50059, MongoDB 27017, Redis 6380 and 6381, Kafka 9092, Schema Registry 8081,
Auth 50060, Core 50061, stand-ins 8091.
Data, logs and dev.json lie in .points, or in the folder POINTS_HOME names. A server that KAFKA_BROKER, POINTS_DB_HOST,
REDIS_HOST, SCHEMA_REGISTRY_URL, AUTH_HOST or CORE_HOST names is used as it is and not started.`,
    )
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .parse(args, { from: 'user' });
  const given = program.opts<{ once: boolean; quiet: boolean; fresh: boolean; portOffset?: number }>();
  if (given.once && given.quiet) program.error('error: --once shows what --quiet leaves out: give one of them');
  const fromEnvironment = env['POINTS_PORT_OFFSET']?.trim() ?? '';
  if (given.portOffset === undefined && !/^\d{0,5}$/.test(fromEnvironment)) {
    program.error('error: POINTS_PORT_OFFSET is not a whole number');
  }
  const home = env['POINTS_HOME']?.trim() ?? '';
  return {
    once: given.once,
    quiet: given.quiet,
    fresh: given.fresh,
    portOffset: given.portOffset ?? Number(fromEnvironment),
    home: path.resolve(home === '' ? path.join(repository, '.points') : home),
  };
};
