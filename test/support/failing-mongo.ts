import type { Document } from 'mongodb';
import type { MongoConnection } from '../../src/adapters/mongo/index.ts';
import { installServers } from '../../src/ops/dev/install.ts';
import { mongoAddress, startMongo } from '../../src/ops/dev/mongo.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import type { OnEnd } from './mongo-database.ts';
import { temporaryFolder } from './servers.ts';

/** What the server answers in place of doing it. */
export interface InjectedFailure {
  /** e.g. `insert`, `update` */
  readonly commands: readonly string[];
  /** How many of them fail. */
  readonly times: number;
  /** Failure of the whole command. */
  readonly errorCode?: number;
  readonly errorLabels?: readonly string[];
  /** The command is done, but not known to have reached the majority. */
  readonly writeConcernError?: Document;
}

/**
 * A mongod that can be told to fail commands, by the fail points that MongoDB itself is tested with.
 * @returns its address
 */
export const startFailingMongo = async (onEnd: OnEnd): Promise<string> => {
  const { mongo: software } = await installServers({ kinds: ['mongo'] });
  const [dataDir, port] = [await temporaryFolder('failing-mongo'), portsAt(await freePortOffset()).mongo];
  const handle = await startMongo({
    software,
    dataDir,
    logDir: dataDir,
    port,
    parameters: { enableTestCommands: '1' },
  });
  onEnd(() => handle.stop());
  return mongoAddress(port);
};

/** Makes the next of the commands fail. */
export const injectFailure = async (
  { client }: MongoConnection,
  { commands, times, ...failure }: InjectedFailure,
): Promise<void> => {
  await client.db('admin').command({
    configureFailPoint: 'failCommand',
    mode: { times },
    data: { failCommands: [...commands], ...failure },
  });
};
