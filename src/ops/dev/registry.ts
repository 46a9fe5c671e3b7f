import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { ServerFailedError } from './errors.ts';
import { recordClasses, reuseClasses } from './java.ts';
import { startServer, type ServerHandle } from './server.ts';
import { httpRequest } from '../../common/http-request.ts';

export interface RegistryOptions {
  readonly software: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly port: number;
  /** For the installer: writes down the classes it loads, for later starts; then it takes its time to stop. */
  readonly isFirstRun?: boolean;
}

/** Where the installer unpacks the archive. */
export const registryApp = (software: string): string => path.join(software, 'app');

const jarOf = async (software: string): Promise<string> => {
  const jar = (await readdir(registryApp(software))).find((file) => file.endsWith('-runner.jar'));
  if (jar === undefined) throw new ServerFailedError(`There is no registry in ${software}`);
  return path.join(registryApp(software), jar);
};

/** The base of the Confluent API that Apicurio speaks; clients of the Confluent registry take it as their host. */
export const registryAddress = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

/** Throws until the registry lists its subjects. */
export const probeRegistry = async (address: string): Promise<void> => {
  const { status } = await httpRequest(`${address}/subjects`, { timeoutMs: 5_000 });
  if (status !== 200) throw new DependencyUnavailableError('Schema Registry', { facts: { status } });
};

/**
 * Starts the registry on a database file and waits until it answers: its default is to keep all in memory, and a lost
 * id makes every record written with it unreadable.
 * @throws PortTakenError, ServerFailedError
 */
export const startRegistry = async (options: RegistryOptions): Promise<ServerHandle> => {
  await mkdir(options.dataDir, { recursive: true });
  const name = 'Schema Registry';
  const classes = options.isFirstRun === true ? recordClasses(options.software) : reuseClasses(options.software);
  return startServer({
    name,
    command: 'java',
    args: [
      ...classes,
      '-Xmx384m',
      '-XX:+UseSerialGC',
      // It starts faster than it will ever have to run.
      '-XX:TieredStopAtLevel=1',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${options.port}`,
      '-Dapicurio.storage.kind=sql',
      '-Dapicurio.storage.sql.kind=h2',
      `-Dapicurio.datasource.url=jdbc:h2:file:${path.join(options.dataDir, 'registry')}`,
      '-jar',
      await jarOf(options.software),
    ],
    // Some of its files go to the working folder.
    cwd: options.dataDir,
    ...(options.isFirstRun === true && { graceSeconds: 60 }),
    logFile: path.join(options.logDir, 'registry.log'),
    ports: [{ server: name, port: options.port }],
    probe: () => probeRegistry(registryAddress(options.port)),
  });
};
