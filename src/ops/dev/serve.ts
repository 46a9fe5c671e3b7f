// Brings the development servers up and stays: `node src/ops/dev/serve.ts --port-offset 100 --data .points/by-hand`.
// `--only mongo,redisCache` leaves the others out, `--brokers 3` makes a cluster, `--fresh` removes earlier data.
// stdout gets the addresses as one JSON line when all answer; progress goes to stderr. SIGTERM or Ctrl-C stops them.
import { parseArgs } from 'node:util';
import { toError } from '../../common/errors.ts';
import { portsAt } from './ports.ts';
import { allRoles, startServers } from './servers.ts';

const { values } = parseArgs({
  options: {
    'port-offset': { type: 'string', default: '0' },
    data: { type: 'string', default: '.points/by-hand' },
    brokers: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
    only: { type: 'string', default: allRoles.join(',') },
  },
});

const asked = Promise.withResolvers<string>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => asked.resolve(signal));

try {
  const servers = await startServers({
    dataDir: values.data,
    ports: portsAt(Number(values['port-offset'])),
    brokers: values.brokers === '3' ? 3 : 1,
    fresh: values.fresh,
    roles: allRoles.filter((role) => values.only.split(',').includes(role)),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(servers.addresses)}\n`);
  await asked.promise;
  await servers.stop();
} catch (error) {
  process.stderr.write(`${toError(error).message}\n`);
  process.exitCode = 1;
}
