import path from 'node:path';
import type { Ports } from '../ports.ts';
import { probeHttp } from '../probes.ts';
import type { ServerSpec } from '../server.ts';
import { serviceEnvironment, type ServiceRun } from '../service-roles.ts';

export interface StandinsRun extends ServiceRun {
  /** Which of the two are ours to stand in for; somebody else's are used as they are. */
  readonly ours: { readonly auth: boolean; readonly core: boolean };
  /** Folder of what they must know after a restart; belongs to one Kafka. */
  readonly standinsDir: string;
  /** Folder of the audit that AdminCore keeps. */
  readonly archiveDir: string;
  readonly keyFolder: string;
}

/** All of them together use little; a bound keeps it so. */
const nodeOptions = [
  '--disable-warning=TimeoutNegativeWarning',
  '--max-old-space-size=96',
  '--max-semi-space-size=2',
] as const;

const portsOf = (ports: Ports, ours: StandinsRun['ours']): ServerSpec['ports'] => [
  { server: 'stand-ins', port: ports.standins },
  ...(ours.auth ? [{ server: 'auth stand-in', port: ports.auth }] : []),
  ...(ours.core ? [{ server: 'Core stand-in', port: ports.core }] : []),
];

/** Where the stand-ins of a run are directed. */
export const standinsUrl = (ports: Ports): string => `http://127.0.0.1:${ports.standins}`;

/** The stand-ins in a process of their own; up when all have joined their groups. The topics must be there. */
export const standinsRole = (run: StandinsRun): ServerSpec => {
  const { ports, ours } = run;
  return {
    name: 'stand-ins',
    command: process.execPath,
    args: [
      ...nodeOptions,
      path.join(import.meta.dirname, 'main.ts'),
      ...['--control-port', String(ports.standins)],
      ...(ours.auth ? ['--auth-port', String(ports.auth)] : []),
      ...(ours.core ? ['--core-port', String(ports.core)] : []),
      ...['--folder', run.standinsDir, '--archive', run.archiveDir, '--keys', run.keyFolder],
    ],
    env: serviceEnvironment(run),
    logFile: path.join(run.logDir, 'stand-ins.log'),
    ports: portsOf(ports, ours),
    probe: () => probeHttp(`${standinsUrl(ports)}/health`),
  };
};
