import { hostname } from 'node:os';
import { createConsulAgent, keepRegistered, type OfferedService } from '../adapters/consul/index.ts';
import type { Config } from './config.ts';
import { failed, passed } from './health.ts';
import type { RoleContext } from './role.ts';

type Names = Pick<Config<never>, 'serviceName' | 'servicePort' | 'serviceAddress' | 'serviceCheck'>;

/**
 * What Consul is told of this process.
 * @param host name of the machine, which with the port tells this process from its like also after a restart
 */
export function serviceOf(config: Names, httpPort: number, host: string): OfferedService {
  const { serviceName: name, servicePort: port, serviceAddress: address, serviceCheck: check } = config;
  // Without an address of ours the agent takes its own, so it is on this machine.
  const at = address ?? '127.0.0.1';
  const bracketed = at.includes(':') ? `[${at}]` : at;
  return {
    ...{ id: `${name}-${host}-${String(port)}`, name, port },
    ...(address !== undefined && { address }),
    checkUrl: check.startsWith('/') ? `http://${bracketed}:${String(httpPort)}${check}` : check,
  };
}

/**
 * Registers the process with Consul where CONSUL_HTTP_ADDR is set. It is the newest door, so it is the first to be closed: nobody
 * is sent to a process that is about to end. Nothing waits for it.
 */
export function announce(
  { config, logger, health, lifecycle }: RoleContext<'balances-server'>,
  httpPort: number,
): void {
  const { consulUrl: url, consulToken: token } = config;
  if (url === undefined) return;
  const registration = keepRegistered({
    agent: createConsulAgent({ url: url.replace(/\/+$/, ''), ...(token !== undefined && { token }) }),
    service: serviceOf(config, httpPort, hostname()),
    logger,
  });
  lifecycle.addDoor('consul', () => registration.stop());
  health.register('consul', {
    optional: true,
    ready: () => (registration.isRegistered ? passed : failed('The agent has not registered us')),
  });
}
