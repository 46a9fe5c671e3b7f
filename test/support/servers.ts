import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';
import type { ServerAddresses } from '../../src/ops/dev/addresses.ts';
import { freePortOffset, portsAt, type Ports } from '../../src/ops/dev/ports.ts';
import { startServers, type DevServers, type StartServersOptions } from '../../src/ops/dev/servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: ServerAddresses;
    /** Where this run leaves things on disk; removed at its end. */
    runFolder: string;
  }
}

/** The servers of this run, which all integration tests share: name topics, collections and keys so that they do not meet. */
export const sharedServers = (): ServerAddresses => inject('servers');

/** A new empty folder, which is removed at the end of the run at the latest. */
export const temporaryFolder = (name: string): Promise<string> => mkdtemp(path.join(inject('runFolder'), `${name}-`));

/** Servers of one test's own, which it may kill and restart. */
export interface PrivateServers extends DevServers {
  readonly dataDir: string;
  readonly ports: Ports;
}

/**
 * Starts servers as processes beside the shared ones, on free ports and with an empty data folder.
 * @param onEnd registers what is to be done at the end: `onTestFinished`, `afterAll`
 */
export const startPrivateServers = async (
  onEnd: (cleanUp: () => Promise<void>) => unknown,
  options: Partial<StartServersOptions> = {},
): Promise<PrivateServers> => {
  const dataDir = options.dataDir ?? (await temporaryFolder('private'));
  const ports = options.ports ?? portsAt(await freePortOffset());
  const env = { ...process.env, POINTS_NO_DOCKER: '1' };
  const servers = await startServers({ env, ...options, dataDir, ports });
  onEnd(() => servers.stop({ removeData: true }));
  return { ...servers, dataDir, ports };
};
