import { randomUUID } from 'node:crypto';
import { createKafka, kafkajsClientSupplier } from '../../../adapters/kafka/index.ts';
import { createRegistry } from '../../../adapters/registry/index.ts';
import { systemClock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import { startAuthServer } from '../auth-server.ts';
import { startAdmincore } from './admincore.ts';
import { startCampaign } from './campaign.ts';
import { createConducts, type StandinName } from './conduct.ts';
import { startControlServer } from './control-server.ts';
import { startCore } from './core.ts';
import { startEventTracking } from './event-tracking.ts';
import type { RunningStandin, StandinParts } from './parts.ts';
import { startRfmAnalytics } from './rfm-analytics.ts';

export interface StandinsOptions {
  readonly brokers: readonly string[];
  /** Base URL of the Confluent-compatible API. */
  readonly registry: string;
  /** Where Auth and Core listen; 127.0.0.1 by default, which nobody but this machine reaches. */
  readonly host?: string;
  /** 0 for any free one. Null: a service of somebody else is used, and none is stood in for it. */
  readonly ports: { readonly core: number | null; readonly auth: number | null; readonly control: number };
  /** host:port; where RFM goes when `ports.core` is null. */
  readonly coreHost?: string;
  /** Of what they must know after a restart; it belongs to one Kafka. */
  readonly folder: string;
  /** Of the audit that AdminCore keeps. */
  readonly archive: string;
  /** Of Auth's key. */
  readonly keyFolder: string;
  /** Prefix of the consumer groups; `standin` by default. */
  readonly groupPrefix?: string;
  readonly logger: Logger;
}

export interface Standins {
  /** Base URL of what directs them. */
  readonly control: string;
  /** host:port */
  readonly coreHost: string;
  /** host:port; null where Auth is somebody else's. */
  readonly authHost: string | null;
  /** Newest first. */
  close(): Promise<void>;
}

/**
 * All stand-ins in this process. They share nothing but it: each has its own clients, groups and files, and speaks to ours
 * and to the others over gRPC and Kafka alone. The topics must be there.
 * @throws PortTakenError, DependencyUnavailableError
 */
export const startStandins = async (options: StandinsOptions): Promise<Standins> => {
  const { brokers, ports, folder, archive, keyFolder, groupPrefix = 'standin', logger } = options;
  const at = options.host === undefined ? {} : { host: options.host };
  const conducts = createConducts();
  const clock = systemClock;
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of closing.splice(0).toReversed()) await stop();
  };
  const started = <Running extends { close(): Promise<void> }>(running: Running): Running => {
    closing.push(() => running.close());
    return running;
  };
  const lineOf = (name: StandinName): Logger => logger.child({ standin: name });
  const registry = createRegistry({ url: options.registry });
  const parts = (name: StandinName): StandinParts => {
    const clientId = `${groupPrefix}-${name}`;
    const own = { logger: lineOf(name), conduct: conducts[name], groupId: clientId };
    return {
      ...own,
      kafka: createKafka({ brokers, clientId, logger: own.logger }),
      supplier: kafkajsClientSupplier({ brokers, clientId, logger: own.logger, replicationFactor: 1 }),
      ...{ registry, clock, folder },
    };
  };
  try {
    const auth =
      ports.auth === null
        ? null
        : started(await startAuthServer({ ...at, port: ports.auth, keyFolder, conduct: conducts.auth }));
    const core =
      ports.core === null
        ? null
        : started(
            await startCore({ ...at, port: ports.core, folder, conduct: conducts.core, logger: lineOf('core'), clock }),
          );
    const coreHost = core?.address ?? options.coreHost ?? '';
    // Side by side: each waits for its group most of the time.
    const readers: (() => Promise<void>)[] = [];
    closing.push(async () => {
      await Promise.all(readers.map((stop) => stop()));
    });
    const reads = async <Running extends RunningStandin>(starting: Promise<Running>): Promise<Running> => {
      const running = await starting;
      readers.push(() => running.close());
      return running;
    };
    const starting = [
      reads(startCampaign(parts('campaign'))),
      reads(startAdmincore({ ...parts('admincore'), folder: archive })),
      reads(startRfmAnalytics(parts('rfm-analytics'), coreHost)),
      reads(startEventTracking(parts('event-tracking'))),
    ] as const;
    // All are waited for, or one that comes up after another has failed would be left running.
    await Promise.allSettled(starting);
    const [campaign, admincore] = await Promise.all(starting);
    const control = started(
      await startControlServer(ports.control, { conducts, core, campaign, admincore, newId: randomUUID }),
    );
    logger.info({ control: control.url, core_host: coreHost }, 'The stand-ins are ready');
    return { control: control.url, coreHost, authHost: auth?.address ?? null, close };
  } catch (error) {
    await close();
    throw error;
  }
};
