import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ConsulAgent, OfferedService } from './agent.ts';

export interface RegistrationOptions {
  readonly agent: ConsulAgent;
  readonly service: OfferedService;
  readonly logger: Logger;
  /** Between two looks whether the agent still knows us. Milliseconds, 10,000 by default. */
  readonly everyMs?: number;
  /** Before the second attempt; doubles up to `everyMs`. Milliseconds, 500 by default. */
  readonly firstPauseMs?: number;
}

export interface Registration {
  /** Whether the agent knew us when it last answered, and it did answer. */
  readonly isRegistered: boolean;
  /** Deregisters; what fails is told in the log, and the agent removes us when our check has failed for a minute. */
  stop(): Promise<void>;
}

/**
 * Keeps a process registered until it is stopped. An agent that is away keeps nobody from working: it is asked again; one
 * that has forgotten us, as an agent that lost its data does, is told again.
 */
export function keepRegistered(options: RegistrationOptions): Registration {
  const { agent, service, logger, everyMs = 10_000, firstPauseMs = 500 } = options;
  const { id, name } = service;
  const stopping = new AbortController();
  let isRegistered = false;
  let wasSent = false;
  let wasTaken = false;

  const isKnown = async (): Promise<boolean> => {
    // What somebody before us registered under this id may have another check.
    if (!wasTaken) return false;
    const found = await agent.find(id);
    return found?.name === name && found.port === service.port && found.address === (service.address ?? '');
  };
  const look = async (): Promise<void> => {
    if (await isKnown()) return;
    wasSent = true;
    await agent.register(service);
    logger.info({ service: name, service_id: id, again: wasTaken }, 'Registered with Consul');
    wasTaken = true;
  };

  const keep = async (): Promise<void> => {
    for (let failures = 0, nextLine = 1; !stopping.signal.aborted; ) {
      try {
        await look();
        isRegistered = true;
        [failures, nextLine] = [0, 1];
      } catch (error) {
        if (!isRetryable(error)) throw error;
        isRegistered = false;
        failures += 1;
        if (failures === nextLine) {
          nextLine *= 2;
          logger.warn({ err: toError(error), attempts: failures }, 'Not registered with Consul; it is asked again');
        }
      }
      const pauseMs = failures === 0 ? everyMs : Math.min(firstPauseMs * 2 ** (failures - 1), everyMs);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const kept = keep();

  return {
    get isRegistered() {
      return isRegistered;
    },
    stop: async () => {
      stopping.abort();
      // A registration that is under way would otherwise come after the end.
      await kept;
      isRegistered = false;
      if (!wasSent) return;
      try {
        await agent.deregister(id);
        logger.info({ service_id: id }, 'Deregistered from Consul');
      } catch (error) {
        logger.warn({ err: toError(error), service_id: id }, 'Not deregistered from Consul; its check will fail');
      }
    },
  };
}
