import { setting } from './setting.ts';
import { checkAddress, host, matching, serverUrl, wholeNumber } from './values.ts';

/** How a process makes itself known to Consul. Only `balances-server` does: the others are not looked up by port. */
export const consul = {
  consulUrl: setting({
    ...{ name: 'CONSUL_HTTP_ADDR', shape: serverUrl(['http', 'https'], 8500), optional: true, secret: 'credentials' },
    about: 'Consul agent, host:port or URL, with which balances-server registers; not set: it does not',
  }),
  consulToken: setting({
    ...{ name: 'CONSUL_HTTP_TOKEN', shape: matching(/^\S+$/, 'a token'), optional: true, secret: true },
    about: 'Token for the agent; needs service:write on SERVICE_NAME',
  }),
  serviceName: setting({
    ...{ name: 'SERVICE_NAME', about: 'Name of the service in Consul', fallback: 'points' },
    shape: matching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a DNS label: small letters, digits, hyphens'),
  }),
  serviceAddress: setting({
    ...{ name: 'SERVICE_ADDRESS', shape: host, optional: true },
    about: 'Address others reach this process at; not set: the agent’s own, and the agent asks 127.0.0.1',
  }),
  servicePort: setting({
    ...{ name: 'SERVICE_PORT', about: 'Port others reach it at, gRPC', fallback: '50059' },
    shape: wholeNumber(1, 65_535),
  }),
  serviceCheck: setting({
    ...{ name: 'SERVICE_CHECK_HTTP', shape: checkAddress, fallback: '/health' },
    about: 'What the agent asks whether the process lives: a path of its HTTP port, or a URL',
  }),
} as const;
